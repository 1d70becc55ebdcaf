import type { InferredFlags } from '@oclif/core/interfaces';
import { type ChangeRequest, changeSettings, type SettingChange } from '../../domain/settings/change.ts';
import { readSettings } from '../../domain/settings/show.ts';
import { isLonger, type Simulation, simulateChange } from '../../domain/settings/simulate.ts';
import { variableOf } from '../../model/settings.ts';
import { lossQuestion, renderChanges, renderEffects, renderSimulation } from '../../views/config/change.ts';
import { environmentWarning, LONGER, serverSetsAgain } from '../../views/config/warnings.ts';
import { renderPreview } from '../../views/session/revoke.ts';
import type { settingFlags } from '../input/flags.ts';
import type { ConnectionFlags, Database } from './base-command.ts';
import { LongCommand } from './long-command.ts';

type ChangeFlags = ConnectionFlags & InferredFlags<typeof settingFlags>;

/** What a change of settings returns for `--json`. */
export type ChangeReport = Simulation & { simulated: boolean };

/** A command that changes settings. */
export abstract class SettingsCommand extends LongCommand {
  static override changes = 'ends' as const;

  /**
   * Simulates, asks where something is lost for good, changes, and says what that has done. `after`: what
   * else there is to say.
   */
  protected change(
    flags: ChangeFlags,
    request: ChangeRequest,
    after: (db: Database) => Promise<void> = async () => {},
  ): Promise<ChangeReport> {
    return this.withDatabase(flags, async (db) => {
      const report = flags.simulate ? await this.#simulate(db, request, flags) : await this.#change(db, request, flags);
      await after(db);
      return report;
    });
  }

  async #simulate(db: Database, request: ChangeRequest, flags: ChangeFlags): Promise<ChangeReport> {
    const simulation = await this.#foresee(db, request, flags, true);
    const parts = [renderChanges(simulation.changes, simulation.user), renderSimulation(simulation, this.look)];
    await this.print(parts.filter(Boolean).join('\n'));
    this.hint('Simulated: nothing was changed.');
    return { simulated: true, ...simulation };
  }

  #foresee(db: Database, request: ChangeRequest, flags: ChangeFlags, cleanup: boolean): Promise<Simulation> {
    const own = this.operator?.sessionId;
    return this.withProgress('Counting', flags, () => simulateChange(db, request, { cleanup, own }));
  }

  async #change(db: Database, request: ChangeRequest, flags: ChangeFlags): Promise<ChangeReport> {
    const { yes, reason } = flags;
    const simulation = await this.#foresee(db, request, flags, false);
    const loss = lossQuestion(simulation);
    if (loss) {
      const { ends, changes, user } = simulation;
      const preview = ends && ends.sessions > 0 ? [renderPreview(ends, this.look)] : [];
      await this.confirm(loss.question, {
        yes,
        heading: [renderChanges(changes, user), ...preview, loss.why].join('\n'),
        hint: 'Look with --simulate, then repeat with --yes.',
        // as much as to log everybody out, which can be undone
        ...(ends?.users === 1 ? {} : { typed: db.name }),
      });
    }
    const changes = await changeSettings(db, request, { actor: this.actor, reason: reason ?? null });
    const report = { simulated: false, ...simulation, changes };
    await this.print([renderChanges(changes, simulation.user), renderEffects(report)].filter(Boolean).join('\n'));
    if (changes.some(isLonger)) this.hint(LONGER);
    if (request.origin === 'database' && simulation.user === null) await this.#warn(db, changes);
    return report;
  }

  async #warn(db: Database, changes: readonly SettingChange[]): Promise<void> {
    for (const change of changes) if (change.fromOrigin === 'environment') this.caution(serverSetsAgain(change));
    const { env } = this.terminal;
    const changed = new Set(changes.map(({ key }) => key));
    if (![...changed].some((key) => env[variableOf(key)] !== undefined)) return;
    for (const setting of await readSettings(db, env)) {
      if (setting.environment !== null && changed.has(setting.key)) this.caution(environmentWarning(setting));
    }
  }
}
