import type { InferredFlags } from '@oclif/core/interfaces';
import { openChannels } from '../../cli/alert/channels.ts';
import { LongCommand, maxDurationFlag } from '../../cli/base/long-command.ts';
import { dryRunFlag, durationFlag, integerFlag, switchFlag } from '../../cli/input/flags.ts';
import { metricsFlag } from '../../cli/output/metrics-file.ts';
import { previewSending, type SendPreview, type SendReport, sendAlerts } from '../../domain/alert/send.ts';
import { problemWords, renderSendPreview, renderSent, saysSomething, sendMetrics } from '../../views/alert/send.ts';

const WEEK = 7 * 86_400;
const PREVIEW_ROWS = 20;

export default class AlertSend extends LongCommand {
  static override changes = true;
  static override summary = 'Deliver pending alerts by mail and to a webhook.';
  static override description = [
    'Made for cron: delivers what is due, tries again later what fails, and gives up after eight attempts in two and a half days.',
    'At least once, and safe to run twice at a time. TOMO_SMTP_URL, TOMO_MAIL_FROM and TOMO_MAIL_TO set up mail to the user and a copy to you;',
    'TOMO_WEBHOOK_URL and TOMO_WEBHOOK_SECRET a signed webhook. docs/alerts.md tells more.',
  ].join(' ');
  static override examples = LongCommand.toExamples({
    'From cron, every minute: speaks only when there is something to say': 'tomo alert send --quiet',
    'What would go to whom': 'tomo alert send --dry-run',
    'The mail server works again: also those that were given up': 'tomo alert send --retry-dead',
  });
  static override flags = {
    'dry-run': dryRunFlag('what would be sent, and to whom'),
    limit: integerFlag({ min: 1, max: 1_000_000 })({ char: 'l', description: 'Try at most this many alerts.' }),
    'max-age': durationFlag({ description: 'Give up what is older and was never tried. [default: 7d]' }),
    'max-duration': maxDurationFlag,
    'retry-dead': switchFlag('First retry what was given up and is not older than --max-age.'),
    'metrics-file': metricsFlag,
  };

  async run(): Promise<SendReport | SendPreview> {
    const { flags } = await this.parse(AlertSend);
    if (!flags['dry-run']) {
      const job = { name: 'alerts', metrics: 'alert_send', file: flags['metrics-file'] } as const;
      return this.asJob(job, () => this.#send(flags), sendMetrics);
    }
    const options = await this.#options(flags);
    const limit = Math.min(flags.limit ?? PREVIEW_ROWS, PREVIEW_ROWS);
    const preview = await this.withDatabase(flags, (db) => previewSending(db, { ...options, limit }));
    await this.print(renderSendPreview(preview, this.look));
    return preview;
  }

  async #options(flags: SendFlags) {
    const channels = await openChannels(this.terminal.env);
    return { channels, maxAge: flags['max-age'] ?? WEEK, retryDead: flags['retry-dead'] };
  }

  async #send(flags: SendFlags): Promise<SendReport> {
    const options = await this.#options(flags);
    return this.withDatabase(flags, async (db) => {
      const report = await this.inBatches('Sending alerts', flags, (pace) =>
        sendAlerts(db, { ...options, actor: this.actor, limit: flags.limit ?? null, ...pace }),
      ).finally(() => {
        for (const channel of options.channels) channel.close?.();
      });
      if (!this.isQuiet || saysSomething(report)) await this.print(renderSent(report));
      for (const problem of report.problems) this.caution(problemWords(problem, this.look));
      this.exitAfter({ ...report, workRemains: report.workRemains || report.failed + report.dead > 0 });
      return report;
    });
  }
}

type SendFlags = InferredFlags<typeof AlertSend.flags & typeof AlertSend.baseFlags>;
