// What an operator of better-auth would write: list or end the sessions of a user. arguments: URL, list|revoke, e-mail
import { betterAuth } from 'better-auth';
import pg from 'pg';

const [url, verb, email] = process.argv.slice(2);
const database = new pg.Pool({ connectionString: url, max: 1 });
const auth = betterAuth({
  database,
  baseURL: 'http://localhost:3000',
  secret: 'a secret of this benchmark, thirty-two characters or more',
  telemetry: { enabled: false },
});
const { internalAdapter } = await auth.$context;
const found = await internalAdapter.findUserByEmail(email);
if (!found) throw new Error(`no user ${email}`);
if (verb === 'list') console.log(JSON.stringify(await internalAdapter.listSessions(found.user.id), null, 1));
else await internalAdapter.deleteUserSessions(found.user.id);
await database.end();
