import { Command } from '@oclif/core/command';
import { HELP_TOPICS, type HelpTopic, topicAbout } from '../cli/base/help-topics.ts';
import { NarrowHelp, narrow } from '../cli/base/narrow-help.ts';
import { renderTopic } from '../cli/base/render-topic.ts';
import { spelled } from '../cli/base/spellings.ts';
import { OutputClosed, processTerminal, widthOf, writeOut } from '../cli/base/terminal.ts';
import { unknownCommand } from '../cli/base/unknown-command.ts';
import { readConfig } from '../cli/connect/config-file.ts';
import { argument } from '../cli/input/arguments.ts';
import { printable } from '../views/printable.ts';

export default class HelpCommand extends Command {
  static override summary = 'Show help for tomo, one of its commands, or a topic.';
  static override description = `Topics:\n${topicLines('  ')}`;
  static override examples = ['tomo help session revoke', 'tomo help filters'];
  static override strict = false;
  static override args = { command: argument('A command or a topic.') };

  protected override async init(): Promise<void> {}

  async run(): Promise<void> {
    // not parsed: a flag is a word to be explained, and one behind a command says nothing here
    const flagAt = this.argv.findIndex((word, i) => i > 0 && word.startsWith('-'));
    const words = flagAt < 0 ? this.argv : this.argv.slice(0, flagAt);
    const [only] = words.length === 1 ? words : [];
    const named = topicNamed(words.join(' '));
    if (named) return this.#explain(named);
    const found = this.#isKnown(words) ? words : this.#meant(words);
    if (!found) {
      const topic = only === undefined ? undefined : topicAbout(only);
      if (topic) return this.#explain(topic);
      const alias = words.length === 1 ? readConfig(process.env).aliases?.[words[0] ?? ''] : undefined;
      if (alias !== undefined)
        return writeOut(processTerminal, `${printable(`${words[0]} is your own: tomo ${alias}`)}\n`);
      const { message, hint } = unknownCommand(words, this.config);
      process.stderr.write(`Error: ${message}\n${hint}\n`);
      this.exit(2);
    }
    await new NarrowHelp(this.config, this.config.pjson.oclif.helpOptions).showHelp(found);
    if (words.length > 0) return;
    const more = 'As man pages, where they are installed: man tomo';
    const topics = narrow(topicLines('  tomo help '), widthOf(processTerminal));
    await writeOut(processTerminal, `\nHELP TOPICS\n${topics}\n\n${more}\n`);
  }

  protected override async catch(error: Error): Promise<void> {
    // its reader has gone, and nobody waits for the rest
    if (!(error instanceof OutputClosed)) await super.catch(error);
  }

  #explain(topic: HelpTopic): Promise<void> {
    return writeOut(processTerminal, `${renderTopic(topic, Math.min(100, widthOf(processTerminal)))}\n`);
  }

  #isKnown(words: readonly string[]): boolean {
    const id = words.join(':');
    return id === '' || Boolean(this.config.findCommand(id) || this.config.findTopic(id));
  }

  /**
   * The command that other words stand for: "ls", or "revoke" without its topic. The version stands in the
   * help of tomo itself.
   */
  #meant(words: readonly string[]): string[] | undefined {
    const other = spelled(words);
    return [other[0] === '--version' ? [] : other, ['session', ...words]].find((known) => this.#isKnown(known));
  }
}

function topicNamed(word: string): HelpTopic | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_\s]|s$/g, '');
  const name = Object.keys(HELP_TOPICS).find((topic) => plain(topic) === plain(word));
  return name === undefined ? undefined : HELP_TOPICS[name];
}

function topicLines(start: string): string {
  const lines = Object.entries(HELP_TOPICS).map(([name, { summary }]) => `${start}${name.padEnd(12)} ${summary}`);
  return lines.join('\n');
}
