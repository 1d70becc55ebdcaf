import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { valueFlag } from '../../cli/input/flags.ts';
import { printGrants, ROLE_KINDS } from '../../domain/schema/grants.ts';

export default class DbGrants extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Print the SQL that gives a database role what it needs and no more.';
  static override description =
    'Prints and changes nothing; the owner of the schema runs it. viewer reads everything; operator also revokes, restores, changes settings, acknowledges alerts and cleans up; janitor cleans up, delivers alerts and looks up places, from cron; server is what the server of Tomo calls. It first takes away what the role had; a later db migrate adds what is new for it.';
  static override examples = BaseCommand.toExamples({
    'Look at it': 'tomo db grants --role viewer',
    'Give it': 'tomo db grants --role janitor --name tomo_janitor | psql "$OWNER_URL"',
  });
  static override flags = {
    role: Flags.option({ options: ROLE_KINDS, required: true, description: 'What the role is for.' })(),
    name: valueFlag('<role>', 'Name of the database role. [default: tomo_ and what it is for]'),
  };

  async run(): Promise<{ role: string; name: string; sql: string }> {
    const { flags } = await this.parse(DbGrants);
    const grants = printGrants(flags.role, flags.name);
    await this.print(grants.sql);
    return grants;
  }
}
