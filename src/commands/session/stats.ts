import { PulseCommand } from '../../cli/base/pulse-command.ts';
import { usersFlag } from '../../cli/input/filter-flags.ts';
import { integerFlag, presetFlag, pulseFlags, valueFlag } from '../../cli/input/flags.ts';
import { writeMetrics } from '../../cli/output/metrics-file.ts';
import { checkOutputFile } from '../../cli/output/output-file.ts';
import { parseStatsSince } from '../../domain/report/period.ts';
import { type SessionStats as Stats, sessionStats } from '../../domain/report/stats.ts';
import { renderStats } from '../../views/session/stats.ts';
import { statsMetrics } from '../../views/session/stats-metrics.ts';

export default class SessionStats extends PulseCommand {
  static override adopted = true;
  static override summary = 'Who is in, from where, with what, and when they log in; what is odd comes first.';
  static override description =
    'Counts live sessions and logins, in the time zone of this machine. What looks suspicious is named first, each with the command that looks closer. Ended sessions are known as long as they are kept (setting retention_sessions).';
  static override examples = PulseCommand.toExamples({
    'How things are': 'tomo session stats',
    'Of one user, and the last day only': 'tomo session stats --user admin --since 1d',
    'What happens now, minute by minute': 'tomo session stats --watch',
    'The numbers, for a program': 'tomo session stats --json',
    'For Prometheus, from cron':
      'tomo session stats --since 1d --quiet --metrics-file /var/lib/node_exporter/tomo.prom',
  });
  static override flags = {
    since: presetFlag('7d', '<time>', 'Logins and ends since this time: ISO 8601, a date, 7d, yesterday.'),
    user: usersFlag('Sessions of'),
    ...pulseFlags,
    watch: { ...pulseFlags.watch, exclusive: ['since', 'user', 'top', 'metrics-file'] },
    top: integerFlag({ min: 1, max: 100 })({ default: 10, description: 'How many users, countries, devices to name.' }),
    'metrics-file': {
      ...valueFlag('<file>', 'Also write the numbers into this file for the textfile collector of Prometheus.'),
      exclusive: ['user'],
    },
  };

  async run(): Promise<Stats | undefined> {
    const { flags } = await this.parse(SessionStats);
    if (flags.watch) {
      await this.watchPulse(flags, 'session stats --watch', 'tomo session stats --json');
      return undefined;
    }
    const since = parseStatsSince(flags.since, this.terminal.now());
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const question = { since, usernames: flags.user ?? null, top: flags.top, timeZone };
    const file = flags['metrics-file'];
    if (file !== undefined) checkOutputFile(file, true);
    const stats = await this.withProgress('Counting', flags, () =>
      this.withDatabase(flags, (db) => sessionStats(db, question)),
    );
    if (file !== undefined) writeMetrics(file, () => false, statsMetrics(stats));
    if (file === undefined || !this.isQuiet) await this.print(renderStats(stats, this.look));
    return stats;
  }
}
