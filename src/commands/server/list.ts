import { listFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { listServers } from '../../domain/adopted/servers.ts';
import type { ListedServer } from '../../model/server.ts';
import { SERVER_LIST } from '../../views/server/columns.ts';

export default class ServerList extends ListCommand {
  static override access = 'none' as const;
  static override summary = 'List the servers whose sessions can be administered, and those that are left alone.';
  static override description = [
    'LATE is what may accept a revoked session for longer, and for how long.',
    'Last come servers that would be done wrong here, with what does it right.',
  ].join(' ');
  static override examples = ListCommand.toExamples({
    'Which there are': 'tomo server list',
    'What each of them cannot show': 'tomo server list --columns name,unseen',
  });
  static override flags = listFlags(SERVER_LIST);

  async run(): Promise<ListResult<'servers', ListedServer> | undefined> {
    const { flags } = await this.parse(ServerList);
    this.isQuiet = flags.quiet === true;
    return this.printList(SERVER_LIST, flags, { read: { rows: listServers() }, none: '' });
  }
}
