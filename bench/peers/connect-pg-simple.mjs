// What connect-pg-simple does every quarter of an hour. argument: URL
import { promisify } from 'node:util';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.argv[2], max: 1 });
const store = new (connectPgSimple(session))({ pool, pruneSessionInterval: false });
await promisify(store.pruneSessions.bind(store))();
await pool.end();
