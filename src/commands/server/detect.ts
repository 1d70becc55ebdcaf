import { listFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { detectServers } from '../../domain/adopted/servers.ts';
import type { DetectedServer } from '../../model/server.ts';
import { DETECTED_SERVERS } from '../../views/server/columns.ts';

export default class ServerDetect extends ListCommand {
  static override access = 'none' as const;
  static override adopted = true;
  static override summary = 'Find out whose session tables are in the database, by their columns.';
  static override description = [
    'It reads the catalogue and no row. What stands under SERVER goes with --server, TOMO_SERVER or a context,',
    'together with the options under NEEDS.',
  ].join(' ');
  static override examples = ListCommand.toExamples({
    'Whose tables these are': 'tomo server detect',
    'Those in a file': 'tomo server detect --database sqlite:./app.db',
  });
  static override flags = listFlags(DETECTED_SERVERS);

  async run(): Promise<ListResult<'servers', DetectedServer> | undefined> {
    const { flags } = await this.parse(ServerDetect);
    return this.printList(DETECTED_SERVERS, flags, {
      read: async (db) => ({ rows: await detectServers(db) }),
      none: 'No tables of a server that is known are here. Another database? Or describe them: docs/write-a-description.md',
    });
  }
}
