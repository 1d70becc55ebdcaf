import { createRequire } from 'node:module';
import { invalidInput } from '../../model/errors.ts';

/** jq-web, once its WebAssembly is loaded. */
interface Jq {
  raw: (json: string, program: string, flags: readonly string[]) => string | Promise<string>;
}

/** What jq makes of a JSON document, texts without quotes. Throws INVALID_INPUT with what jq says. */
export async function throughJq(document: string, program: string): Promise<string> {
  const jq = await loadJq();
  const { exitCode } = process;
  try {
    const made = await jq.raw(document, program, ['-r', '-c']);
    return made === '' || made.endsWith('\n') ? made : `${made}\n`;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const [first = said] = said.split('\n').filter((line) => line.startsWith('jq: error'));
    throw invalidInput(
      `--jq: ${first.replace(/^jq: error( \(at [^)]*\))?:? ?/, '')}`,
      "Try: --jq '.' shows what there is.",
    );
  } finally {
    // jq leaves its own there
    process.exitCode = exitCode;
  }
}

async function loadJq(): Promise<Jq> {
  const require = createRequire(import.meta.url);
  try {
    // a module that is a promise, which `import` takes apart
    return await (require('jq-web') as Promise<Jq>);
  } catch {
    throw invalidInput('--jq is not in tomo as one executable.', 'Through jq itself: --output json | jq -r PROGRAM');
  }
}

/** A template, made ready: from a row to text. Throws INVALID_INPUT. */
export async function templateOf(text: string): Promise<(row: object) => string> {
  const { Liquid } = await import('liquidjs');
  // a misspelled key is an error; nothing is read from files
  const engine = new Liquid({ strictVariables: true, strictFilters: true, templates: {} });
  const said = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      throw invalidInput(`--template: ${first}`, 'The keys are those of --output json.');
    }
  };
  // as other tools read them
  const template = said(() => engine.parse(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n')));
  return (row) => said(() => String(engine.renderSync(template, row)));
}
