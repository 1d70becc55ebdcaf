import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base/base-command.ts';
import { COMPLETION_SCRIPTS, INSTALLATION, SHELLS, type Shell } from '../cli/completion/scripts.ts';

export default class Completion extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Print the completion script of a shell.';
  static override description =
    `Completes commands, flags and their values, and from the database user names, sessions, devices, alerts and revocations.\n\n${SHELLS.map((shell) => `${shell}: ${INSTALLATION[shell]}`).join('\n')}`;
  static override examples = BaseCommand.toExamples({ 'For this bash': 'source <(tomo completion bash)' });
  static override args = {
    shell: Args.string({ ignoreStdin: true, required: true, options: [...SHELLS], description: 'Which shell.' }),
  };

  async run(): Promise<{ shell: string; script: string }> {
    const { args } = await this.parse(Completion);
    const shell = args.shell as Shell;
    const script = COMPLETION_SCRIPTS[shell];
    await this.print(script.trimEnd());
    if (this.terminal.stdout.isTTY) this.hint(`${INSTALLATION[shell]}`);
    return { shell, script };
  }
}
