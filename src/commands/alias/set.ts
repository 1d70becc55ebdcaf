import { argumentsIn } from '../../cli/base/alias-words.ts';
import { expand } from '../../cli/base/aliases.ts';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { spelled } from '../../cli/base/spellings.ts';
import { changeConfig } from '../../cli/connect/change-config.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import type { Alias } from '../../model/alias.ts';
import { invalidInput } from '../../model/errors.ts';
import { printable } from '../../views/printable.ts';

const NAME = /^[a-z][\w-]{0,31}$/i;

export default class AliasSet extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Make a word of your own for a command, with its arguments and flags.';
  static override description =
    'Kept in the config file. What is typed behind the word comes behind the command, or where it says $1, $2 …. A command of tomo keeps its meaning.';
  static override examples = BaseCommand.toExamples({
    'Who was in last night': 'tomo alias set night "session list --live-since 22:00 --live-until 06:00"',
    'With an argument: tomo from 203.0.113.7': 'tomo alias set from "session list --ip $1 --state all" --force',
  });
  static override args = {
    name: requiredArgument('The word: a letter, then letters, digits, dashes, underscores.'),
    command: requiredArgument('What it stands for, in quotes, without "tomo".'),
  };
  static override flags = { force: switchFlag('Replace an alias of this name.', 'f') };

  async run(): Promise<Alias & { replaced: boolean }> {
    const { args, flags } = await this.parse(AliasSet);
    this.isQuiet = flags.quiet === true;
    const { name } = args;
    const command = args.command.trim().replace(/^tomo\s+/, '');
    if (!NAME.test(name)) {
      throw invalidInput(`NAME: "${printable(name)}" is not a letter, then letters, digits, dashes, underscores.`);
    }
    if (this.config.findCommand(name) || this.config.findTopic(name) || spelled([name])[0] !== name) {
      throw invalidInput(`tomo ${name} means something already.`, 'Take another word.');
    }
    // arguments that it will have then
    expand(command, Array(argumentsIn(command)).fill('x'), this.config);
    let replaced = false;
    await changeConfig(this.terminal.env, (config) => {
      const { aliases = {} } = config;
      replaced = Object.hasOwn(aliases, name);
      if (replaced && !flags.force) {
        throw invalidInput(`There is an alias ${name} already: ${aliases[name]}`, 'To replace it: --force');
      }
      return { ...config, aliases: { ...aliases, [name]: command } };
    });
    await this.print(printable(`tomo ${name} is now: tomo ${command}`));
    return { name, command, replaced };
  }
}
