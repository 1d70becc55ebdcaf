import { PulseCommand } from '../cli/base/pulse-command.ts';
import { isConfigured } from '../cli/connect/connection.ts';
import { pulseFlags } from '../cli/input/flags.ts';
import { type Overview, readOverview } from '../domain/report/overview.ts';
import { renderOverview, renderWelcome } from '../views/status.ts';

export default class Status extends PulseCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Show how things stand, and what to type next; the same as tomo alone.';
  static override examples = PulseCommand.toExamples({
    'Which database, how many are in': 'tomo status',
    'What happens now, minute by minute': 'tomo status --watch',
  });
  static override flags = pulseFlags;

  protected override readonly saysWhere = true;

  async run(): Promise<Overview | { configured: false } | undefined> {
    const { flags } = await this.parse(Status);
    if (flags.watch) {
      await this.watchPulse(flags, 'status --watch', 'tomo status --json');
      return undefined;
    }
    if (!isConfigured(flags, this.terminal.env)) {
      await this.print(renderWelcome(this.look));
      return { configured: false };
    }
    return this.withDatabase(flags, async (db) => {
      const overview = await readOverview(db, this.operator);
      await this.print(renderOverview(overview, this.look));
      return overview;
    });
  }
}
