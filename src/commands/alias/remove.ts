import { BaseCommand } from '../../cli/base/base-command.ts';
import { changeConfig } from '../../cli/connect/change-config.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { didYouMean } from '../../domain/text/did-you-mean.ts';
import type { Alias } from '../../model/alias.ts';
import { TomoError } from '../../model/errors.ts';
import { printable } from '../../views/printable.ts';

export default class AliasRemove extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Forget a word of your own.';
  static override examples = BaseCommand.toExamples({ 'One that is not used any more': 'tomo alias remove night' });
  static override args = { name: requiredArgument('The word.') };

  async run(): Promise<Alias> {
    const { args, flags } = await this.parse(AliasRemove);
    this.isQuiet = flags.quiet === true;
    const { name } = args;
    let command = '';
    await changeConfig(this.terminal.env, (config) => {
      const { [name]: found, ...others } = Object.hasOwn(config.aliases ?? {}, name) ? (config.aliases ?? {}) : {};
      if (found === undefined) {
        const hint = didYouMean(name, Object.keys(config.aliases ?? {})) ?? 'To look: tomo alias list';
        throw new TomoError('NOT_FOUND', `There is no alias ${printable(name)}.`, { hint });
      }
      command = found;
      return { ...config, aliases: others };
    });
    await this.print(printable(`Removed alias ${name}: ${command}`));
    return { name, command };
  }
}
