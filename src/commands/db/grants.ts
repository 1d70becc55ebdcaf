import * as Flags from '@oclif/core/flags';
import { BaseCommand, type ConnectionFlags } from '../../cli/base/base-command.ts';
import { resolveConnection } from '../../cli/connect/connection.ts';
import { valueFlag } from '../../cli/input/flags.ts';
import { type Grants, printAdoptedGrants, printGrants, ROLE_KINDS } from '../../domain/schema/grants.ts';
import { invalidInput } from '../../model/errors.ts';

export default class DbGrants extends BaseCommand {
  static override access = 'none' as const;
  static override adopted = true;
  static override summary = 'Print the SQL that gives a database role what it needs and no more.';
  static override description = [
    'Prints and changes nothing; the owner of the schema runs it. viewer reads everything; operator also revokes, restores, changes settings, acknowledges alerts and cleans up; janitor cleans up, delivers alerts and looks up places, from cron; server is what the server of Tomo calls. It first takes away what the role had; a later db migrate adds what is new for it.',
    'With the name of another server (--server, TOMO_SERVER or a context) it is about the tables of that one, which it looks at: viewer lists, operator also revokes and cleans up, janitor cleans up.',
  ].join('\n\n');
  static override examples = BaseCommand.toExamples({
    'Look at it': 'tomo db grants --role viewer',
    'Give it': 'tomo db grants --role janitor --name tomo_janitor | psql "$OWNER_URL"',
  });
  static override flags = {
    role: Flags.option({ options: ROLE_KINDS, required: true, description: 'What the role is for.' })(),
    name: valueFlag('<role>', 'Name of the database role. [default: tomo_ and what it is for]'),
  };

  async run(): Promise<Grants> {
    const { flags } = await this.parse(DbGrants);
    const grants = await this.#grants(flags);
    await this.print(grants.sql);
    return grants;
  }

  /** The schema `tomo` is the same everywhere, and no database has to be asked. */
  async #grants(flags: ConnectionFlags & { role: Grants['role']; name?: string | undefined }): Promise<Grants> {
    const { server, target } = resolveConnection(flags, this.terminal.env);
    if (target.kind === 'sqlite') {
      throw invalidInput(
        `A SQLite database has no roles: the rights on its file are the rights on its sessions (${target.path}).`,
        'Who may read the file may list them; who may write it, and its folder, may revoke them: chmod, chgrp, or run it as the user of the server.',
      );
    }
    if (server === null || server.name === 'tomo') return printGrants(flags.role, flags.name);
    return this.withDatabase(flags, (db) => printAdoptedGrants(db, flags.role, flags.name));
  }
}
