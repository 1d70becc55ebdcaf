import type { InferredFlags } from '@oclif/core/interfaces';
import type { Database } from '../../cli/base/base-command.ts';
import { KEY_HINT } from '../../cli/base/operator.ts';
import { readSigningKeys } from '../../cli/connect/signing-keys.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { listFlags, revokeFlags, switchFlag } from '../../cli/input/flags.ts';
import { ARGUMENT_WARNING, TokenSource } from '../../cli/input/token-input.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { checkExpectation, type RevokeByFilterReport, revokeLiveIds } from '../../domain/revocation/revoke.ts';
import { inspectToken, type TokenInspection } from '../../domain/token/inspection.ts';
import type { SigningKeys } from '../../domain/token/token.ts';
import { type Triage, type TriagedToken, triageTokens } from '../../domain/token/triage.ts';
import { confineToken } from '../../domain/user/operator.ts';
import { invalidInput } from '../../model/errors.ts';
import { plural } from '../../views/number.ts';
import { printable } from '../../views/printable.ts';
import { renderBulkRevoked, undoHint } from '../../views/session/revoke.ts';
import { TOKEN_LIST } from '../../views/token/columns.ts';
import { renderInspection } from '../../views/token/inspection.ts';
import { renderTriage, type TriageSummary, triageSummary, wouldRevoke } from '../../views/token/triage.ts';

const LIST_FLAGS = listFlags(TOKEN_LIST);

export interface TriageResult {
  summary: TriageSummary | null;
  /** What --revoke has done. */
  revoked: RevokeByFilterReport | null;
}

export default class TokenInspect extends ListCommand {
  static override access = 'own' as const;
  static override summary = 'Say what a session token is worth; find leaked ones and end their sessions.';
  static override description = [
    'One token: signature, claims, times, its session, and whether the server would accept it now; exit 0 if so, 3 if not.',
    'Several on stdin or in a file, bare or somewhere in the lines of a log: one line for each, with the line where it stood first (always with --output or --revoke), and a summary.',
    '--revoke ends the live sessions of those that the server has signed, expired or not; a token that somebody made up ends nothing.',
    'No token is ever printed. docs/tokens.md has the recipe for leaked ones.',
  ].join(' ');
  static override examples = ListCommand.toExamples({
    'One, from a file that nobody else can read': 'tomo token inspect - < token',
    'Every token in a log, each once, and how often': 'tomo token inspect - < access.log',
    'End the sessions of those': 'tomo token inspect - --revoke --reason "leaked log" < access.log',
  });
  static override args = {
    token: requiredArgument('The name of a file; - for stdin; or the token itself, which others can see.'),
  };
  static override flags = {
    revoke: switchFlag('End the live sessions of the tokens whose signature is valid. Asks only with --compromised.'),
    ...revokeFlags,
    ...LIST_FLAGS,
  };

  async run(): Promise<TokenInspection | ListResult<'tokens', TriagedToken, TriageResult> | undefined> {
    const { args, flags, metadata } = await this.parse(TokenInspect);
    const given = (names: object) =>
      Object.keys(names).filter((name) => name in flags && metadata.flags[name]?.setFromDefault !== true);
    const [needless] = flags.revoke ? [] : given(revokeFlags);
    if (needless) throw invalidInput(`--${needless} goes only with --revoke.`);
    const keys = readSigningKeys(this.terminal.env);
    if (flags.revoke && !keys) {
      throw invalidInput(
        '--revoke needs the signing key: without it nobody can tell which tokens are genuine.',
        KEY_HINT,
      );
    }
    const source = new TokenSource(this.terminal, args.token);
    if (source.isGiven) this.caution(ARGUMENT_WARNING);
    const [first, second] = await source.peek(2);
    if (!first && source.without === 0) {
      const place = args.token === '-' ? 'on stdin' : `in ${printable(args.token)}`;
      throw invalidInput(`There is nothing ${place}.`, 'A session token begins with eyJ.');
    }
    const one = first && !second && !flags.revoke && given(LIST_FLAGS).length === 0;
    return one ? this.#inspect(first.token, flags, keys) : this.#triage(source, flags, keys);
  }

  async #inspect(token: string, flags: TokenFlags, keys: SigningKeys | undefined): Promise<TokenInspection> {
    return this.withDatabase(flags, async (db) => {
      const found = await inspectToken(db, token, keys, { clock: this.terminal.now });
      const inspection = confineToken(this.operator, found);
      await this.print(renderInspection(inspection, this.look));
      if (!keys) this.hint(KEY_HINT);
      if (!inspection.accepted) this.exitWith(3);
      return inspection;
    });
  }

  async #triage(source: TokenSource, flags: TokenFlags, keys: SigningKeys | undefined) {
    let triage: Triage | undefined;
    let revoked: RevokeByFilterReport | undefined;
    const work = async (db: Database, write: (row: TriagedToken) => Promise<void> | undefined) => {
      await this.requireAccess('admin');
      triage = await triageTokens(db, source.all(), keys, { now: this.terminal.now, write });
      if (flags.revoke) revoked = await this.#revoke(db, triage, flags);
    };
    const result = await this.printList(
      TOKEN_LIST,
      { ...flags, all: true },
      {
        read: async (db) => {
          const rows: TriagedToken[] = [];
          await work(db, (row) => void rows.push(row));
          return { rows };
        },
        stream: (db, write) => work(db, (row) => write(JSON.stringify(row))),
        none: 'No token was found.',
        more: (): TriageResult => ({
          summary: triage ? triageSummary(triage, source) : null,
          revoked: revoked ?? null,
        }),
      },
    );
    if (triage) this.hint(renderTriage(triage, source));
    if (!keys) this.hint(KEY_HINT);
    if (triage && flags['dry-run']) this.hint(wouldRevoke(triage));
    if (!revoked) return result;
    this.hint(renderBulkRevoked(revoked, null));
    if (revoked.revocation !== null) this.hint(undoHint([revoked.revocation], flags.compromised));
    return result;
  }

  async #revoke(
    db: Database,
    { tokens, revocable, users }: Triage,
    flags: TokenFlags,
  ): Promise<RevokeByFilterReport | undefined> {
    const expect = flags.expect ?? null;
    if (flags['dry-run']) {
      checkExpectation(revocable.size, expect);
      return undefined;
    }
    if (flags.compromised && revocable.size > 0) {
      await this.confirm(`Revoke ${plural(revocable.size, 'session')} of ${plural(users.size, 'user')} for good?`, {
        yes: flags.yes,
        heading: undoHint([], true),
        ...(users.size > 1 ? { typed: db.name } : {}),
      });
    }
    const note = { actor: this.actor, reason: flags.reason ?? null, compromised: flags.compromised };
    return revokeLiveIds(db, [...revocable], note, { filter: { tokens }, expect });
  }
}

type TokenFlags = InferredFlags<typeof TokenInspect.flags> & { database?: string | undefined; quiet: boolean };
