import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, type ConnectionFlags } from '../cli/base/base-command.ts';
import { type Connection, resolveConnection } from '../cli/connect/connection.ts';
import { connectionVariables } from '../cli/connect/connection-variables.ts';
import { gatherDoctorInput } from '../cli/doctor/input.ts';
import { choiceFlag, durationFlag, listed, presetFlag, valueFlag } from '../cli/input/flags.ts';
import { JOB_NAMES, type Job, type JobName, type Plan, planJobs } from '../domain/cleanup/schedule.ts';
import { invalidField } from '../model/errors.ts';
import { printable } from '../views/printable.ts';
import {
  jobCommand,
  renderCrontab,
  renderUnits,
  type Surroundings,
  type UnitFile,
  unitFiles,
} from '../views/schedule.ts';

/** A job and its command, after the name of the program. */
interface ScheduledJob extends Job {
  command: readonly string[];
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html; with its specifiers */
const UNIT = /^[\w:.\\@%-]+\.(service|target)$/;

interface ScheduleFlags {
  kind: string;
  'environment-file': string;
  mailto: string;
  'metrics-file': string | undefined;
  'on-failure': string | undefined;
}

export default class Schedule extends BaseCommand {
  static override access = 'none' as const;
  static override adopted = true;
  static override summary = 'Print what to put into cron or systemd: cleanup, delivery of alerts, places.';
  static override description =
    'Prints and installs nothing. Without --for it chooses what is set up on this machine, and says what it left out. docs/cron.md has more: rights, metrics, what to watch.';
  static override examples = BaseCommand.toExamples({
    'Lines for crontab -e': 'tomo schedule',
    'Units of systemd, as a script to read and then to pipe into a root shell': 'tomo schedule --kind systemd',
    'Only the cleanup, every six hours': 'tomo schedule --for cleanup --every 6h',
    'With one page of metrics, and a unit that tells of a failure':
      'tomo schedule --kind systemd --metrics-file /var/lib/node_exporter/tomo.prom --on-failure mail@%n.service',
  });
  static override flags = {
    kind: choiceFlag(['cron', 'systemd'], 'cron', 'For cron or for systemd.'),
    for: Flags.option({
      options: JOB_NAMES,
      ...listed,
      description: 'What is to run. [default: what is set up here]',
    })(),
    every: durationFlag({ description: 'How often, e.g. 15m. [default: cleanup 1h, alerts 1m, geo 5m]' }),
    // what Node itself takes, wherever it stands, cannot be the name: it wants the file to be there
    'environment-file': presetFlag('/etc/tomo/tomo.env', '<file>', 'The file with the variables.', ['env-file']),
    mailto: presetFlag('root', '<address>', 'Who gets what cron has to say.'),
    'metrics-file': valueFlag(
      '<file>',
      'One page for the metrics of all jobs, for the textfile collector of Prometheus.',
    ),
    'on-failure': valueFlag('<unit>', 'The unit that systemd starts when a job fails, e.g. mail@%n.service.'),
  };

  async run(): Promise<
    Omit<Plan, 'jobs'> & { kind: string; jobs: ScheduledJob[]; crontab: string | null; units: UnitFile[] }
  > {
    const { flags } = await this.parse(Schedule);
    const unit = flags['on-failure'];
    if (unit !== undefined && flags.kind !== 'systemd')
      throw invalidField('on-failure', 'is for systemd; cron mails what a job says.', 'Add --kind systemd');
    if (unit !== undefined && !UNIT.test(unit))
      throw invalidField('on-failure', `${printable(unit)} is not the name of a unit.`, 'For example mail@%n.service');
    const { channels, geoFiles } = await gatherDoctorInput(this.terminal, undefined, undefined);
    const plan = planJobs(flags.for, flags.every, {
      alerts: channels.ok && channels.value.length > 0,
      geo: geoFiles.length > 0,
      adopted: isAdopted(resolveConnection(flags, this.terminal.env)),
    });
    const surroundings = this.#surroundings(flags, plan);
    const { metricsFile } = surroundings;
    const units = flags.kind === 'systemd' ? unitFiles(plan.jobs, surroundings) : [];
    const crontab = flags.kind === 'cron' ? renderCrontab(plan.jobs, surroundings) : null;
    await this.print(crontab ?? renderUnits(units, surroundings));
    if (!flags.quiet) for (const { name, why } of plan.leftOut) this.hint(`Left out: ${name}; ${why}`);
    const jobs = plan.jobs.map((job) => ({ ...job, command: jobCommand(job, metricsFile) }));
    return { kind: flags.kind, ...plan, jobs, crontab, units };
  }

  #surroundings(flags: ConnectionFlags & ScheduleFlags, { jobs }: Plan): Surroundings {
    const { env } = this.terminal;
    const connection = resolveConnection(flags, env);
    const { target, origin } = connection;
    if (origin === null) {
      this.caution(
        'No server is configured: this is for the embedded database. For a server set TOMO_DATABASE_URL first.',
      );
    }
    const has = (name: JobName) => jobs.some((job) => job.name === name);
    const used = Object.keys(env).filter(
      (key) =>
        key === 'TOMO_HEALTHCHECK_URL' ||
        (has('alerts') && /^TOMO_(SMTP|MAIL|WEBHOOK)_/.test(key)) ||
        (has('geo') && /^TOMO_GEO_/.test(key)),
    );
    // a service of systemd runs as nobody who has a config file
    const { variables, configFile } = connectionVariables(connection, env, flags.kind === 'cron');
    const folder =
      target.kind === 'embedded' ? target.directory : target.kind === 'sqlite' ? dirname(resolve(target.path)) : null;
    const { root } = this.config;
    const metrics = flags['metrics-file'];
    return {
      program: root === process.execPath ? [root] : [process.execPath, join(root, 'bin', 'run.cjs')],
      environmentFile: resolve(flags['environment-file']),
      variables: [...variables, ...used.sort()],
      configFile,
      local: folder === null ? null : { user: userInfo().username, directory: folder },
      adopted: isAdopted(connection),
      mailTo: flags.mailto,
      metricsFile: metrics === undefined ? undefined : resolve(metrics),
      onFailure: flags['on-failure'],
      minute: createHash('sha256').update(hostname()).digest().readUInt16BE() % 60,
    };
  }
}

function isAdopted({ server }: Connection): boolean {
  return server !== null && server.name !== 'tomo';
}
