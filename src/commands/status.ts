import { BaseCommand } from '../cli/base/base-command.ts';
import { isConfigured } from '../cli/connect/connection.ts';
import { type Overview, readOverview } from '../domain/report/overview.ts';
import { renderOverview, renderWelcome } from '../views/status.ts';

export default class Status extends BaseCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Show how things stand, and what to type next; the same as tomo alone.';
  static override examples = BaseCommand.toExamples({ 'Which database, how many are in': 'tomo status' });

  async run(): Promise<Overview | { configured: false }> {
    const { flags } = await this.parse(Status);
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
