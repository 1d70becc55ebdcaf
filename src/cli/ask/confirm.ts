import type { DatabaseContext } from '../../model/context.ts';
import { TomoError } from '../../model/errors.ts';
import { printable } from '../../views/printable.ts';
import { canAsk, hasUnicode, type Terminal } from '../base/terminal.ts';

/**
 * Asks before something that cannot be told from a mistake. Returns when the answer is yes, or `yes` was given. Throws
 * NOT_CONFIRMED when the answer is no or there is nobody to ask, INTERRUPTED at Ctrl-C. `place`: which database this
 * is about, where nothing above the question has said it. `heading` is shown above it, too. `hint`: what to do where
 * there is nobody to ask. `typed`: the answer must be this text instead of y.
 */
export async function confirm(
  terminal: Terminal,
  place: string | undefined,
  question: string,
  options: { yes: boolean; typed?: string; heading?: string; hint?: string },
): Promise<void> {
  if (options.yes) return;
  requireTerminal(terminal, options.hint);
  if (place !== undefined) terminal.stderr.write(`${place}\n`);
  if (options.heading) terminal.stderr.write(`${options.heading}\n`);
  const agreed = await ask(terminal, question, options.typed);
  if (!agreed) throw new TomoError('NOT_CONFIRMED', 'Not confirmed. Nothing was changed.');
}

/**
 * The same question about a context: its name stands in it. In production, and wherever something is to be typed, that
 * is the name of the context.
 */
export function inContext<O extends Parameters<typeof confirm>[3]>(
  { name, production }: DatabaseContext,
  question: string,
  options: O,
): { question: string; options: O } {
  const typed = production || options.typed !== undefined ? { typed: name } : {};
  return { question: `${name}: ${question}`, options: { ...options, ...typed } };
}

/** Before work is spent on a question that nobody could answer. Throws NOT_CONFIRMED. */
export function requireTerminal(terminal: Terminal, hint = 'Look with --dry-run, then repeat with --yes.'): void {
  if (canAsk(terminal)) return;
  throw new TomoError(
    'NOT_CONFIRMED',
    'Refused: this needs a confirmation, and there is no terminal to ask on. Nothing was changed.',
    { hint },
  );
}

async function ask(terminal: Terminal, question: string, typed: string | undefined): Promise<boolean> {
  const prompts = await import('@inquirer/prompts');
  return answered(terminal, async (context) => {
    // without marks that the terminal cannot show
    const theme = hasUnicode(terminal) ? {} : { prefix: { idle: '?', done: '>' } };
    if (typed === undefined) return prompts.confirm({ message: printable(question), default: false, theme }, context);
    const answer = await prompts.input({ message: printable(`${question} Type "${typed}" to go on:`), theme }, context);
    return answer.trim() === typed;
  });
}

/** What a prompt is given: where to read and write, and the end of both. */
interface PromptContext {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

/**
 * Waits for the answer. Ctrl-C, Ctrl-D or a terminal that goes away are INTERRUPTED; a prompt by itself would wait for
 * ever after Ctrl-D.
 */
async function answered<T>(terminal: Terminal, prompt: (context: PromptContext) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const end = () => controller.abort();
  const key = (data: Buffer | string) => {
    if (data.toString().includes('\u0004')) end();
  };
  terminal.stdin.on('data', key).once('end', end).once('close', end);
  try {
    const output = terminal.stderr as NodeJS.WritableStream;
    return await prompt({ input: terminal.stdin, output, signal: controller.signal });
  } catch (error) {
    if (error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name)) {
      throw new TomoError('INTERRUPTED', 'Interrupted. Nothing was changed.');
    }
    throw error;
  } finally {
    terminal.stdin.off('data', key).off('end', end).off('close', end);
    terminal.stdin.pause();
  }
}
