import { BaseCommand } from '../../cli/base/base-command.ts';
import { changeConfig } from '../../cli/connect/change-config.ts';
import { configPath } from '../../cli/connect/config-file.ts';
import { checkContextName, serviceContexts, shownContext } from '../../cli/connect/contexts.ts';
import { newContext } from '../../cli/connect/new-context.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import type { ListedContext } from '../../model/context.ts';
import { invalidInput } from '../../model/errors.ts';
import { PASSWORD_ON_THE_LINE, renderAdded } from '../../views/context/change.ts';

export default class ContextAdd extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Give a database and its server a name.';
  static override description =
    'Writes it into the config file (mode 0600). It connects to nothing: tomo status --context NAME does. A service of pg_service.conf needs no entry.';
  static override examples = BaseCommand.toExamples({
    'A shop that runs on Laravel, where questions want the name typed':
      'tomo context add shop --database postgres://tomo_admin@db1.example.org/app --server laravel:lifetime=120m --production',
    'A SQLite file': 'tomo context add archive --database sqlite:/srv/archive/app.db',
  });
  static override args = {
    name: requiredArgument('The name: a letter, then letters, digits, dots, dashes, underscores.'),
  };
  static override flags = {
    production: switchFlag('Questions about a change want the name typed; it is drawn red.'),
    force: switchFlag('Replace a context of this name.', 'f'),
  };

  async run(): Promise<ListedContext & { replaced: boolean }> {
    const { args, flags } = await this.parse(ContextAdd);
    this.isQuiet = flags.quiet === true;
    const { name } = args;
    const { env } = this.terminal;
    checkContextName(name, 'NAME');
    const { entry, hasPassword } = newContext(flags, env);
    const file = configPath(env);
    let replaced = false;
    let current = false;
    await changeConfig(env, (config) => {
      const { contexts = {} } = config;
      replaced = Object.hasOwn(contexts, name);
      current = config.context === name;
      if (replaced && !flags.force) {
        throw invalidInput(`There is a context ${name} already.`, 'Take another name, or replace it: --force');
      }
      return { ...config, contexts: { ...contexts, [name]: entry } };
    });
    const added = shownContext(name, entry, { file, current });
    await this.print(renderAdded(added, replaced));
    if (hasPassword) this.caution(PASSWORD_ON_THE_LINE);
    const service = serviceContexts({}, env).get(name);
    if (service !== undefined) this.hint(`It comes before the service ${name} of ${service}.`);
    if (!current) this.hint(`To use it from now on: tomo context use ${name}`);
    return { ...added, replaced };
  }
}
