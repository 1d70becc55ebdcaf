import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { canAsk } from '../../cli/base/terminal.ts';
import { browseSource } from '../../cli/browse/source.ts';
import { startBrowsing } from '../../cli/browse/state.ts';
import { mineFlag, stateFlag } from '../../cli/input/flags.ts';
import { parseSearch } from '../../domain/session/search.ts';
import { TomoError } from '../../model/errors.ts';
import { SIDE_BY_SIDE } from '../../views/session/browse.ts';

/** Milliseconds between two looks. */
const REFRESH = 5000;

export default class SessionBrowse extends BaseCommand {
  static override access = 'read-own' as const;
  static override enableJsonFlag = false;
  static override summary = 'Look around on a full screen: search, details, mark, revoke, undo.';
  static override description =
    'The keys are at the bottom, ? explains them. It reads a page at a time, however many sessions there are. Search with /: words are looked for in user names and devices; user:alice, ip:203.0.113.0/24, country:DE, method:sso, since:2h, idle:30m and related:3f2a narrow it as the filters of session list do. Revoking asks as session revoke does.';
  static override examples = [
    { description: 'Everybody who is in', command: '<%= config.bin %> session browse' },
    { description: 'Beginning with a search', command: '<%= config.bin %> session browse --search "country:NG"' },
  ];
  static override flags = {
    search: Flags.string({ default: '', description: 'Begin with this search.', helpValue: '<text>' }),
    sort: Flags.option({
      options: ['activity', 'idle', 'login'] as const,
      default: 'activity' as const,
      description: 'Begin with this order.',
    })(),
    state: stateFlag(),
    mine: mineFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SessionBrowse);
    const { terminal } = this;
    if (!canAsk(terminal) || !terminal.stdout.isTTY || terminal.env.TERM === 'dumb') {
      throw new TomoError('INVALID_INPUT', 'session browse needs a terminal that can draw.', {
        hint: 'Elsewhere: tomo session list, with the same words as filters.',
      });
    }
    parseSearch(flags.search, flags.state, terminal.now());
    const view = await this.openView(flags);
    const source = browseSource(view, {
      operator: () => this.operator,
      actor: () => this.actor,
      now: terminal.now,
      mine: flags.mine === true,
    });
    const start = startBrowsing({
      ...flags,
      detail: terminal.stdout.columns !== undefined && terminal.stdout.columns >= SIDE_BY_SIDE,
    });
    try {
      // what cannot be reached or read at all is told before the screen changes
      await source.list(start, 1);
      const { openBrowser } = await import('../../cli/browse/app.ts');
      const screen = await openBrowser(terminal, {
        start,
        source,
        look: () => this.look,
        refresh: view.pause(REFRESH),
      });
      await this.interruptible(async (signal) => {
        signal.addEventListener('abort', () => screen.unmount());
        await screen.waitUntilExit();
      });
    } finally {
      await view.close();
    }
  }
}
