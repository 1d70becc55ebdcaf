import { BaseCommand } from '../../cli/base/base-command.ts';
import { browseSource } from '../../cli/browse/source.ts';
import { mineFlag, stateFlag } from '../../cli/input/filter-flags.ts';
import { choiceFlag, presetFlag } from '../../cli/input/flags.ts';
import { parseSearch } from '../../domain/session/search.ts';

export default class SessionBrowse extends BaseCommand {
  static override access = 'own' as const;
  static override enableJsonFlag = false;
  static override adopted = true;
  static override summary =
    'Look around on a full screen: sessions, users, devices, alerts and more; search, mark, act, undo.';
  static override description =
    'It begins with the sessions; 1 to 7 or a colon and a name are the other views, Enter goes into what is under the cursor and Esc comes back. The keys are at the bottom, ? explains them all. It reads a page at a time, however many sessions there are. Search with /: words are looked for in user names and devices; user:alice, ip:203.0.113.0/24, country:DE, method:sso, since:2h, idle:30m and related:3f2a narrow it as the filters of session list do. What ends sessions or is for good asks as its command does.';
  static override examples = BaseCommand.toExamples({
    'Everybody who is in': 'tomo session browse',
    'Beginning with a search': 'tomo session browse --search "country:NG"',
  });
  static override flags = {
    search: presetFlag('', '<text>', 'Begin with this search.'),
    sort: choiceFlag(['activity', 'idle', 'login'], 'activity', 'Begin with this order.'),
    state: stateFlag('active'),
    mine: mineFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SessionBrowse);
    const { terminal } = this;
    const { browseDatabase, requireScreen } = await import('../../cli/browse/app.ts');
    requireScreen(
      terminal,
      'session browse needs a terminal that can draw.',
      'Elsewhere: tomo session list, with the same words as filters.',
    );
    const { search, sort, state = 'active' } = flags;
    parseSearch(search, state, terminal.now());
    const view = await this.openView({ ...flags, writes: true });
    const mine = flags.mine === true;
    const who = { operator: () => this.operator, actor: () => this.actor, now: terminal.now, mine };
    const source = browseSource(view, who);
    const start = { purpose: 'browse', search, sort, filter: state } as const;
    await this.guard
      .interruptible((signal) => browseDatabase(terminal, { start, source, look: () => this.look, signal }))
      .finally(() => view.close());
  }
}
