import { Command } from '@oclif/core/command';
import { renderError } from '../../views/error.ts';
import { printableText } from '../../views/printable.ts';
import type { Look } from '../../views/style.ts';
import { typedOtherwise } from './as-typed.ts';
import { asksForJson } from './asks-for-json.ts';
import { failureOf, type OclifError } from './failure.ts';
import { SCHEMA_VERSION_JSON } from './json-version.ts';
import { hasColour, hasUnicode, OutputClosed, processTerminal, type Terminal, widthOf, writeOut } from './terminal.ts';

/** A command's one way to print and one way to fail. */
export abstract class SpeakingCommand extends Command {
  static override enableJsonFlag = true;

  /** Tests put a fake in its place. */
  terminal: Terminal = processTerminal;
  /** A streamed result has begun on stdout, so that an error cannot be one there any more. */
  protected streaming = false;
  protected isQuiet = false;

  /** oclif's own warns of deprecated commands, for which it reads the arguments once more. */
  protected override async init(): Promise<void> {}

  protected get look(): Look {
    const { terminal } = this;
    return {
      width: widthOf(terminal),
      colour: hasColour(terminal),
      unicode: hasUnicode(terminal),
      now: terminal.now(),
    };
  }

  protected get lookOfStderr(): Look {
    return { ...this.look, colour: hasColour(this.terminal, this.terminal.stderr) };
  }

  /** A result, to stdout. Nothing with `--json`, which prints what run() returns. */
  protected async print(text: string): Promise<void> {
    if (!this.jsonEnabled() && text !== '') await writeOut(this.terminal, `${this.#shown(text)}\n`);
  }

  /** A hint or summary, if there is one, to stderr; not with `--quiet`, and with `--json` only when it says so. */
  protected hint(text: string, withJson = false): void {
    if (text !== '' && !this.isQuiet && (withJson || !this.jsonEnabled()))
      this.terminal.stderr.write(`${this.#shown(text)}\n`);
  }

  /** A warning, to stderr. */
  protected caution(text: string): void {
    this.terminal.stderr.write(`Warning: ${this.#shown(printableText(text))}\n`);
  }

  /** Messages have an ellipsis for what is to be filled in, and tables a dash for what nobody knows. */
  #shown(text: string): string {
    return hasUnicode(this.terminal) ? text : text.replaceAll('…', '...').replaceAll('–', '-');
  }

  /** Ends with this exit code although there is a result. */
  protected exitWith(code: number): void {
    this.terminal.setExitCode(code);
  }

  override jsonEnabled(): boolean {
    return super.jsonEnabled() || asksForJson(this.argv, this.ctor.flags ?? {});
  }

  /** One line in a pipe, as a log wants it; indented for a reader. */
  override logJson(json: unknown): void {
    this.terminal.stdout.write(`${printableText(JSON.stringify(json, null, this.terminal.stdout.isTTY ? 2 : 0))}\n`);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return { schemaVersion: SCHEMA_VERSION_JSON, ...(result as object) };
  }

  /** Every failure of every command comes through here: a message, the way out, the documented exit code. */
  protected override async catch(error: OclifError): Promise<void> {
    if (error instanceof OutputClosed) return;
    // an error of parsing is one, too: oclif would complain that nothing was parsed
    this.parsed = true;
    const flags = { ...this.ctor.flags, ...this.ctor.baseFlags };
    const typed = typedOtherwise(this.argv, flags);
    const { said, exitCode, document } = failureOf(error, this.id ?? '', [...Object.keys(flags), 'json'], typed);
    this.terminal.setExitCode(exitCode);
    if (this.jsonEnabled() && !this.streaming) {
      this.logJson(this.toSuccessJson(document));
      return;
    }
    const look = this.lookOfStderr;
    const debug = /\b(tomo|\*)/.test(this.terminal.env.DEBUG ?? '');
    const partial = this.streaming ? '\nWhat was printed is not the whole.' : '';
    this.terminal.stderr.write(`${this.#shown(renderError(said, look, debug))}${partial}\n`);
  }
}
