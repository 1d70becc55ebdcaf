import { Command } from '@oclif/core/command';
import { loadHelpClass } from '@oclif/core/help';
import { HELP_TOPICS, renderTopic } from '../cli/base/help-topics.ts';
import { processTerminal, widthOf, writeOut } from '../cli/base/terminal.ts';
import { argument } from '../cli/input/arguments.ts';

export default class HelpCommand extends Command {
  static override summary = 'Show help for tomo, one of its commands, or a topic.';
  static override description = `Topics:\n${topicLines('  ')}`;
  static override examples = ['tomo help session revoke', 'tomo help filters'];
  static override strict = false;
  static override args = { command: argument('A command or a topic.') };

  async run(): Promise<void> {
    const { argv } = await this.parse(HelpCommand);
    const words = argv as string[];
    const topic = words.length === 1 ? HELP_TOPICS[words[0] ?? ''] : undefined;
    if (topic) return writeOut(processTerminal, `${renderTopic(topic, Math.min(100, widthOf(processTerminal)))}\n`);
    const id = words.join(':');
    if (id && !this.config.findCommand(id) && !this.config.findTopic(id))
      await this.config.runHook('command_not_found', { id, argv: words });
    const Help = await loadHelpClass(this.config);
    await new Help(this.config, this.config.pjson.oclif.helpOptions).showHelp(words);
    if (words.length === 0) await writeOut(processTerminal, `\nHELP TOPICS\n${topicLines('  tomo help ')}\n`);
  }
}

function topicLines(start: string): string {
  const lines = Object.entries(HELP_TOPICS).map(([name, { summary }]) => `${start}${name.padEnd(12)} ${summary}`);
  return lines.join('\n');
}
