import { BaseCommand } from '../../cli/base/base-command.ts';
import { sessionArgument } from '../../cli/input/arguments.ts';
import { readSessionArgument, resolveSession } from '../../cli/input/session-argument.ts';
import { type Explanation, explainSession } from '../../domain/session/why.ts';
import type { TokenInspection } from '../../domain/token/inspection.ts';
import { confineExplanation } from '../../domain/user/operator.ts';
import { renderExplanation } from '../../views/session/why.ts';
import { renderInspection } from '../../views/token/inspection.ts';

export default class SessionWhy extends BaseCommand {
  static override access = 'own' as const;
  static override summary = 'Explain which rule makes a session live or dead, and when that changes.';
  static override description =
    'Every rule in the order of the definition, with its figures, the setting behind it and who set that; which revocation ended the session and whether it can be undone. Points out what makes sessions expire too quickly: another SESSION_TIMEOUT in the environment, clocks that differ, requests that do not count as activity.';
  static override examples = BaseCommand.toExamples({
    'Why is she logged out': 'tomo session why 3f2a9c41',
    'For a program': 'tomo session why 3f2a9c41 --json',
  });
  static override args = { id: sessionArgument };

  async run(): Promise<Explanation & { token?: TokenInspection }> {
    const { args, flags } = await this.parse(SessionWhy);
    const argument = await readSessionArgument(this.terminal, args.id, (text) => this.caution(text));
    return this.withDatabase(flags, async (db) => {
      const { id, token } = await resolveSession(db, argument, { operator: this.operator, terminal: this.terminal });
      const found = await explainSession(db, id, { environment: this.terminal.env, clock: this.terminal.now });
      const why = confineExplanation(this.operator, found);
      if (token) await this.print(`${renderInspection(token, this.look)}\n`);
      await this.print(renderExplanation(why, this.look));
      return { ...why, ...(token ? { token } : {}) };
    });
  }
}
