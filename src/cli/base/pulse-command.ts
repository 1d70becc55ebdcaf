import type { InferredFlags } from '@oclif/core/interfaces';
import type { pulseFlags } from '../input/flags.ts';
import type { ConnectionFlags } from './base-command.ts';
import { LongCommand } from './long-command.ts';

/**
 * A command with a live picture. No static of its own: oclif's manifest would then not look for those of BaseCommand.
 */
export abstract class PulseCommand extends LongCommand {
  /** Draws it until Ctrl-C. `title`: of the command; `instead`: what there is for programs. */
  protected async watchPulse(
    flags: ConnectionFlags & InferredFlags<typeof pulseFlags>,
    title: string,
    instead: string,
  ): Promise<void> {
    const { requireDrawing, watchPulse } = await import('../watch/watch-pulse.ts');
    requireDrawing(this.terminal, this.jsonEnabled(), instead);
    const view = await this.openView(flags);
    const options = {
      title,
      interval: (flags.interval ?? 2) * 1000,
      look: () => this.look,
      allow: () => this.requireAccess('admin'),
    };
    await this.guard.interruptible((signal) => watchPulse(this.terminal, view, { ...options, signal }));
  }
}
