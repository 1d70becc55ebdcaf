import { BaseCommand, type ConnectionFlags, type Database } from '../../cli/base/base-command.ts';
import { sessionArgument } from '../../cli/input/arguments.ts';
import { integerFlag, presetDurationFlag, switchFlag } from '../../cli/input/flags.ts';
import { readSessionArgument, resolveSession, type SessionArgument } from '../../cli/input/session-argument.ts';
import { beginFollowing } from '../../domain/session/follow.ts';
import { type SessionDetails, showSession } from '../../domain/session/show.ts';
import type { TokenInspection } from '../../domain/token/inspection.ts';
import { invalidInput } from '../../model/errors.ts';
import type { Activity, Session } from '../../model/session.ts';
import { followedEnd, followedLines } from '../../views/session/follow.ts';
import { renderSession, sessionHints } from '../../views/session/show.ts';
import { renderInspection } from '../../views/token/inspection.ts';

export default class SessionShow extends BaseCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Show one session: device, place, timeline, latest activity.';
  static override examples = BaseCommand.toExamples({
    'By the first digits of its id': 'tomo session show 3f2a9c41',
    'Whose a token is, without showing it to anybody': 'tomo session show - < token',
    'With more of its activity': 'tomo session show 3f2a9c41 --activity 200',
    'And what it does from now on': 'tomo session show 3f2a9c41 --follow',
  });
  static override args = { id: sessionArgument };
  static override flags = {
    activity: integerFlag({ min: 0, max: 10_000 })({
      default: 10,
      description: 'How many of its latest requests to show.',
    }),
    follow: switchFlag('Then show what it does, until it ends or you press Ctrl-C.', 'f'),
    interval: presetDurationFlag(2, 'How often to look, with --follow. [default: 2s]'),
  };

  async run(): Promise<(SessionDetails & { token?: TokenInspection }) | undefined> {
    const { args, flags } = await this.parse(SessionShow);
    const argument = await readSessionArgument(this.terminal, args.id, (text) => this.caution(text));
    if (flags.follow) return this.#follow(argument, flags);
    return this.withDatabase(flags, async (db) => {
      const { id, token } = await resolveSession(db, argument, { operator: this.operator, terminal: this.terminal });
      const details = await showSession(db, id, flags.activity);
      await this.#print(details, token);
      this.hint(sessionHints(details, db.sessions.server));
      return { ...details, ...(token ? { token } : {}) };
    });
  }

  async #follow(
    argument: SessionArgument,
    flags: ConnectionFlags & { activity: number; interval: number },
  ): Promise<undefined> {
    if (this.jsonEnabled()) {
      throw invalidInput(
        '--follow has no end, so it does not go with JSON.',
        'tomo activity list --session <id> --output ndjson',
      );
    }
    const { followSession } = await import('../../cli/watch/follow-session.ts');
    const open = await this.openView(flags);
    const interval = open.pause(flags.interval * 1000);
    const looked = (db: Database) => this.tellStandby(db.location, db.standby());
    const begin = async (db: Database) => {
      const { id, token } = await resolveSession(db, argument, { operator: this.operator, terminal: this.terminal });
      const { details, mark } = await beginFollowing(db, id, flags.activity);
      await this.#print(details, token);
      const { isTomo, title } = db.sessions.server;
      const only = isTomo ? '' : ` ${title} keeps no record of what a session does: only its end is seen.`;
      looked(db);
      this.hint(`\nFollowing, looking every ${interval / 1000} s. Ctrl-C ends it.${only}`);
      return { live: details.session.state === 'active', mark };
    };
    const follower = {
      begin,
      looked,
      show: (activity: Activity[]) => this.print(followedLines(activity, this.look)),
      over: (session: Session | null) => this.hint(followedEnd(session)),
      trouble: (message: string) => this.caution(`trying again: ${message}`),
    };
    await this.guard.interruptible((signal) => followSession(open, follower, { interval, signal }));
  }

  async #print(details: SessionDetails, token: TokenInspection | null): Promise<void> {
    if (token) await this.print(`${renderInspection(token, this.look)}\n`);
    await this.print(renderSession(details, this.look));
  }
}
