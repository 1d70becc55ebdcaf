import { type ChangeRequest, changeSettings, type SettingChange } from '../domain/settings-change.ts';
import { readSettings } from '../domain/settings-show.ts';
import { isLonger, type Simulation, simulateChange } from '../domain/settings-simulate.ts';
import { endingQuestion, renderChanges, renderEffects, renderSimulation } from '../views/config/change.ts';
import { environmentWarning, LONGER, serverSetsAgain } from '../views/config/warnings.ts';
import { renderPreview } from '../views/session/revoke.ts';
import { BaseCommand, type Database } from './base-command.ts';
import { confirm } from './confirm.ts';
import { canAsk } from './terminal.ts';

interface ChangeFlags {
  reason?: string | undefined;
  simulate: boolean;
  yes: boolean;
}

/** What a change of settings returns for `--json`. */
export type ChangeReport = Simulation & { simulated: boolean };

/** A command that changes settings. */
export abstract class SettingsCommand extends BaseCommand {
  static override changes = true;

  /** Simulates, asks on a terminal where live sessions would end, changes, and says what that has done. */
  protected async change(db: Database, request: ChangeRequest, flags: ChangeFlags): Promise<ChangeReport> {
    const { simulate, yes, reason = null } = flags;
    const simulation = await simulateChange(db, request, { cleanup: simulate });
    const { ends } = simulation;
    const heading = renderChanges(simulation.changes, request.user);
    if (simulate) {
      await this.print([heading, renderSimulation(simulation, this.look)].filter(Boolean).join('\n'));
      this.hint('Simulated: nothing was changed.');
      return { simulated: true, ...simulation };
    }
    if (ends !== null && ends.sessions > 0 && canAsk(this.terminal)) {
      await confirm(this.terminal, endingQuestion(ends), { yes, heading: `${heading}\n${renderPreview(ends, this.look)}` });
    }
    const changes = await changeSettings(db, request, { actor: this.actor, reason });
    const report = { simulated: false, ...simulation, changes };
    await this.print([renderChanges(changes, request.user), renderEffects(report)].filter(Boolean).join('\n'));
    if (changes.some(isLonger)) this.hint(LONGER);
    if (request.origin === 'database') await this.#warn(db, changes);
    return report;
  }

  async #warn(db: Database, changes: readonly SettingChange[]): Promise<void> {
    const again = changes.filter(({ fromOrigin, toOrigin }) => fromOrigin === 'environment' && toOrigin !== 'environment' && toOrigin !== 'user');
    for (const change of again) this.caution(serverSetsAgain(change));
    const concerned = changes.flatMap(({ key, toOrigin }) => (toOrigin === 'user' ? [] : [key]));
    if (concerned.length === 0) return;
    for (const setting of await readSettings(db, this.terminal.env)) {
      if (setting.environment !== null && concerned.includes(setting.key)) this.caution(environmentWarning(setting));
    }
  }
}
