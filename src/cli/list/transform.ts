import { invalidInput } from '../../model/errors.ts';
import { printableText } from '../../views/printable.ts';

/** What jq makes of a JSON document, texts without quotes. Throws INVALID_INPUT with what jq says. */
export async function throughJq(document: string, program: string): Promise<string> {
  const jq = await loadJq();
  const { exitCode } = process;
  const { warn } = console;
  console.warn = (...words: unknown[]) => warn(printableText(String(words.at(-1))));
  try {
    const made = jq.raw(document, program, ['-r', '-c']);
    // without the line feed at its end; the last text may be empty, or end with one itself
    return made === undefined ? '' : `${made}\n`;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
      throw invalidInput('--jq: the program has run out of memory.', `Make less at once. ${JQ_ITSELF}`);
    const said = error instanceof Error ? error.message : String(error);
    const [first = said] = said.split('\n').filter((line) => line.startsWith('jq: error'));
    const words = first.replace(/^jq: error( \(at [^)]*\))?:? ?/, '');
    // what `input` says where nothing is left to be read
    if (words === 'break') throw invalidInput('--jq: there is no input but the one document, which is ".".', JQ_ITSELF);
    throw invalidInput(`--jq: ${words}`, "Try: --jq '.' shows what there is.");
  } finally {
    console.warn = warn;
    // jq leaves its own there
    process.exitCode = exitCode;
  }
}

const JQ_ITSELF = 'Through jq itself: --output json | jq -r PROGRAM';

async function loadJq() {
  const { error } = console;
  // it takes this at its start, and what it says when it breaks down says nothing to anybody
  console.error = () => {};
  try {
    const { jq } = await import('./jq.ts');
    return await jq;
  } finally {
    console.error = error;
  }
}

const KEYS_HINT = 'The keys are those of --output json.';

/** What a line may take to be made: characters and items, and milliseconds. */
const MOST_FOR_LINE = { memoryLimit: 10_000_000, renderLimit: 5000, parseLimit: 1_000_000 };

/** A template, made ready: from a row to text. Throws INVALID_INPUT. */
export async function templateOf(text: string): Promise<(row: object) => string> {
  const { Liquid } = await import('liquidjs');
  if (text.trim() === '') throw invalidInput('--template is empty.', KEYS_HINT);
  // a misspelled key is an error; nothing is read from files
  const engine = new Liquid({ strictVariables: true, strictFilters: true, templates: {}, ...MOST_FOR_LINE });
  const said = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      throw invalidInput(
        `--template: ${first}`,
        /limit exceeded/.test(first) ? 'A line of each row is to be small; for more: --output ndjson | …' : KEYS_HINT,
      );
    }
  };
  // as other tools read them
  const template = said(() => engine.parse(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n')));
  return (row) => said(() => String(engine.renderSync(template, row)));
}
