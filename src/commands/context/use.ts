import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { changeConfig } from '../../cli/connect/change-config.ts';
import { readConfig, systemConfigPath, withCurrent } from '../../cli/connect/config-file.ts';
import { variableBefore } from '../../cli/connect/connection.ts';
import { findContext } from '../../cli/connect/contexts.ts';
import { argument } from '../../cli/input/arguments.ts';
import { invalidInput } from '../../model/errors.ts';

export default class ContextUse extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Make a context the current one.';
  static override description =
    'It counts from now on for this user wherever neither a flag nor a variable names a database. For one shell: export TOMO_CONTEXT=NAME';
  static override examples = BaseCommand.toExamples({
    'From now on': 'tomo context use lab',
    'None any more': 'tomo context use --none',
  });
  static override args = { context: argument('Its name, or that of a service.') };
  static override flags = { none: Flags.boolean({ description: 'No context is current.' }) };

  async run(): Promise<{ context: string | null; previous: string | null }> {
    const { args, flags } = await this.parse(ContextUse);
    this.isQuiet = flags.quiet === true;
    const { env } = this.terminal;
    const name = args.context;
    if ((name === undefined) === !flags.none) {
      throw invalidInput(
        name === undefined ? 'Which context?' : 'A name and --none do not go together.',
        'tomo context use NAME, or tomo context use --none',
      );
    }
    let previous: string | null = null;
    await changeConfig(env, (config) => {
      previous = readConfig(env).context ?? null;
      if (name !== undefined) findContext(name, 'NAME', readConfig(env).contexts ?? {}, env);
      return withCurrent(config, name);
    });
    const current = readConfig(env).context;
    await this.print(current === undefined ? 'No context is current.' : `The current context is ${current}.`);
    if (current !== name) this.hint(`${systemConfigPath(env)} says so, for everybody.`);
    const variable = name === undefined ? undefined : variableBefore(env);
    if (variable) this.hint(`Not in this shell: ${variable} is set and comes before it.`);
    return { context: current ?? null, previous };
  }
}
