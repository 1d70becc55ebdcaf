import { BaseCommand } from '../../cli/base/base-command.ts';
import { checkServer } from '../../domain/adopted/check.ts';
import type { CheckedServer } from '../../model/server-check.ts';
import { renderCheck } from '../../views/server/check.ts';

export default class ServerCheck extends BaseCommand {
  static override access = 'none' as const;
  static override adopted = true;
  static override summary = 'Check whether the tables of a server are read as it writes them.';
  static override description = [
    'Changes nothing. Columns and times as they are here, the time zone, what this role may do, indexes, the latest sessions',
    '(is one of them your login?), what will be late and what is unseen. Exit 9 when there is a problem.',
  ].join(' ');
  static override examples = BaseCommand.toExamples({
    'Before the first change': 'tomo server check --server better-auth',
    'What a script wants to know': `tomo server check --server better-auth --json | jq '.findings[] | select(.verdict == "problem")'`,
  });

  async run(): Promise<CheckedServer> {
    const { flags } = await this.parse(ServerCheck);
    const check = await this.withDatabase(flags, checkServer);
    await this.print(renderCheck(check, this.look));
    if (check.findings.some(({ verdict }) => verdict === 'problem')) this.exitWith(9);
    return check;
  }
}
