import { EXIT_CODE } from '../cli/base/exit-codes.ts';
import { LongCommand } from '../cli/base/long-command.ts';
import { parseServerUrl } from '../cli/connect/server-url.ts';
import { fileFacts } from '../cli/doctor/files.ts';
import { gatherDoctorInput } from '../cli/doctor/input.ts';
import { argument } from '../cli/input/arguments.ts';
import { valueFlag } from '../cli/input/flags.ts';
import { readSessionArgument } from '../cli/input/session-argument.ts';
import { examine, examineWithout } from '../domain/doctor/examine.ts';
import { invalidInput, TomoError } from '../model/errors.ts';
import { renderDiagnosis } from '../views/doctor.ts';
import { type Diagnosis, diagnosisWords } from '../views/doctor-steps.ts';

export default class Doctor extends LongCommand {
  static override adopted = true;
  static override summary =
    'Look for what is wrong: with sessions, settings, rights, clocks, cookies, cleanup, alerts.';
  static override description =
    'Changes nothing. One verdict a line (ok, warning, problem, unknown), and for each finding the command or SQL that mends it. Exit 9 when there is a problem. It works without a database or schema, too, as far as it can. docs/troubleshooting.md says which symptom has which line.';
  static override examples = LongCommand.toExamples({
    'Look at everything': 'tomo doctor',
    'Users are logged out at once: look at the cookie as well': 'tomo doctor --url https://tomo.example',
    'Compare the clocks with that of a token': 'tomo doctor - < token.txt',
    'Only what needs attention, for a script': `tomo doctor --json | jq '.findings[] | select(.verdict != "ok")'`,
  });
  static override args = {
    token: argument('A session token to compare the clocks with; - reads it from stdin, where nobody else sees it.'),
  };
  static override flags = {
    url: valueFlag('<url>', 'Make one request to this address of Tomo, and look at cookie, HTTPS and clock.'),
  };

  async run(): Promise<Diagnosis> {
    const { args, flags } = await this.parse(Doctor);
    const url = flags.url === undefined ? undefined : parseServerUrl(flags.url, '--url');
    const input = await gatherDoctorInput(this.terminal, await this.#token(args.token), url);
    const examined = await this.withDatabase(flags, (db) =>
      this.withProgress('Looking', flags, () => examine(db, { ...input, ...fileFacts(db) })),
    ).catch((error: unknown) => {
      const configIsTheFault =
        !input.configFile.ok && error instanceof TomoError && error.message === input.configFile.message;
      if (error instanceof TomoError && (configIsTheFault || EXIT_CODE[error.code] === EXIT_CODE.DATABASE_UNREACHABLE))
        return examineWithout(error, input);
      throw error;
    });
    const diagnosis = diagnosisWords(examined);
    await this.print(renderDiagnosis(diagnosis, this.look, flags.quiet));
    if (diagnosis.counts.problem > 0) this.exitWith(9);
    return diagnosis;
  }

  async #token(argument: string | undefined): Promise<string | undefined> {
    if (argument === undefined) return undefined;
    const { token } = await readSessionArgument(this.terminal, argument, (text) => this.caution(text));
    if (token !== null) return token;
    throw invalidInput('That is not a token.', 'A session token begins with eyJ. Without one: tomo doctor');
  }
}
