import type { Command } from '@oclif/core/command';
import { CommandHelp } from '@oclif/core/help';

type Flags = Command.Loadable['flags'];

/** How a command is called, in one line. */
export class WholeUsage extends CommandHelp {
  override defaultUsage(): string {
    const { command } = this;
    this.command = { ...command, flags: withoutHoles(command.flags) };
    const usage = super.defaultUsage();
    this.command = command;
    return usage;
  }
}

/**
 * oclif groups a flag with those that it excludes or goes with, and leaves a hole for one that help hides, or that
 * stands in a group already: the same flags without these.
 */
function withoutHoles(flags: Flags): Flags {
  const gone = new Set(Object.entries(flags).flatMap(([name, { hidden }]) => (hidden ? [name] : [])));
  const entries = Object.entries(flags).map(([name, flag]) => {
    const isGrouped = gone.has(name);
    const isLeft = (other: unknown) => typeof other === 'string' && !isGrouped && other in flags && !gone.has(other);
    const dependsOn = (flag.dependsOn ?? []).filter(isLeft);
    const exclusive = dependsOn.length > 0 ? [] : (flag.exclusive ?? []).filter(isLeft);
    for (const other of [...dependsOn, ...exclusive]) gone.add(String(other));
    const { dependsOn: _, exclusive: __, ...alone } = flag;
    return [name, { ...alone, ...(dependsOn[0] && { dependsOn }), ...(exclusive[0] && { exclusive }) }] as const;
  });
  return Object.fromEntries(entries) as Flags;
}
