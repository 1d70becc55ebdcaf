import { BaseCommand } from '../../cli/base/base-command.ts';
import { changeConfig } from '../../cli/connect/change-config.ts';
import { configPath, readSystemConfig, systemConfigPath, withCurrent } from '../../cli/connect/config-file.ts';
import { findContext, shownContext } from '../../cli/connect/contexts.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import type { ListedContext } from '../../model/context.ts';
import { invalidInput } from '../../model/errors.ts';
import { renderRemoved } from '../../views/context/change.ts';

export default class ContextRemove extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Forget a context; its database stays as it is.';
  static override examples = BaseCommand.toExamples({ 'One that is not used any more': 'tomo context remove lab' });
  static override args = { context: requiredArgument('Its name.') };

  async run(): Promise<ListedContext> {
    const { args, flags } = await this.parse(ContextRemove);
    this.isQuiet = flags.quiet === true;
    const { env } = this.terminal;
    const name = args.context;
    const file = configPath(env);
    let removed: ListedContext | undefined;
    await changeConfig(env, (config) => {
      const { contexts = {}, context } = config;
      if (!Object.hasOwn(contexts, name) && Object.hasOwn(readSystemConfig(env).contexts ?? {}, name)) {
        const hint = 'Whoever may change that file can remove it there.';
        throw invalidInput(`The context ${name} is in ${systemConfigPath(env)}, for everybody.`, hint);
      }
      const entry = findContext(name, 'NAME', contexts, env);
      if (!Object.hasOwn(contexts, name)) {
        throw invalidInput(
          `${name} is a service of pg_service.conf, not a context.`,
          'It goes away with its lines there.',
        );
      }
      removed = shownContext(name, entry, { file, current: context === name });
      const others = Object.fromEntries(Object.entries(contexts).filter(([other]) => other !== name));
      return { ...(removed.current ? withCurrent(config, undefined) : config), contexts: others };
    });
    if (!removed) throw new Error('the config file was not changed');
    await this.print(renderRemoved(removed));
    return removed;
  }
}
