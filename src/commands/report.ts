import { LongCommand } from '../cli/base/long-command.ts';
import { OUTPUT_FORMATS, presetFlag, switchFlag, valueFlag } from '../cli/input/flags.ts';
import { checkOutputFile, writeOutputFile } from '../cli/output/output-file.ts';
import { parseStatsSince } from '../domain/report/period.ts';
import { collectReport, type Report as ReportData } from '../domain/report/report.ts';
import { invalidInput } from '../model/errors.ts';
import { printable } from '../views/printable.ts';

export default class Report extends LongCommand {
  static override summary = 'Write one HTML page about the sessions, to be read, printed or mailed.';
  static override description =
    'The page is complete in itself: no script, nothing from elsewhere. It says in plain words who is in, when people log in, what looks odd, what was revoked and why, how the settings compare with what OWASP ASVS 5.0 asks, and what to do. It names users and addresses: mail it to whom it concerns. Times are in the time zone of this machine.';
  static override examples = LongCommand.toExamples({
    'The last 30 days': 'tomo report --output report.html',
    'Every Monday, from cron': 'tomo report --since 7d --force --quiet --output /var/reports/sessions.html',
    'Into a pipe': 'tomo report --output - | gzip > report.html.gz',
  });
  static override flags = {
    output: valueFlag(
      '<file>',
      'The file to write; - is stdout. May be left out with --json, which prints the data.',
      'o',
    ),
    since: presetFlag('30d', '<time>', 'About the time since then: ISO 8601, a date, 30d.'),
    force: switchFlag('Replace a file that is there.', 'f'),
  };

  async run(): Promise<{ file: string | null; report: ReportData }> {
    const { flags } = await this.parse(Report);
    const file = this.#file(flags.output);
    const since = parseStatsSince(flags.since, this.terminal.now());
    if (file !== null) checkOutputFile(file, flags.force);
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const report = await this.withProgress('Counting', flags, () =>
      this.withDatabase(flags, (db) => collectReport(db, since, timeZone)),
    );
    const { renderReport } = await import('../views/report/report.ts');
    const page = renderReport(report);
    // prints nothing with --json
    if (file === null) await this.print(page.trimEnd());
    else {
      writeOutputFile(file, page, flags.force);
      this.hint(`The report is in ${printable(file)}. It names users and addresses: only you can read it.`);
    }
    return { file, report };
  }

  /** Null: stdout. */
  #file(output: string | undefined): string | null {
    if (output === undefined && !this.jsonEnabled())
      throw invalidInput('Nothing says where the page goes.', '--output FILE, or --output - for stdout');
    if (OUTPUT_FORMATS.some((format) => format === output)) {
      throw invalidInput(
        `--output is a file here, and "${output}" a format elsewhere.`,
        `For a file of that name: --output ./${output}. The data as JSON: --json`,
      );
    }
    return output === undefined || output === '-' ? null : output;
  }
}
