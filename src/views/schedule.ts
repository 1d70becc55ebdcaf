import { dirname } from 'node:path';
import type { Job, JobName } from '../domain/cleanup/schedule.ts';
import { shellQuote } from '../domain/text/shell-quote.ts';
import { printable } from './printable.ts';

const JOB_COMMANDS: Record<JobName, readonly string[]> = {
  cleanup: ['session', 'cleanup'],
  alerts: ['alert', 'send'],
  geo: ['geo', 'enrich'],
};

/** What a job runs, after the name of the program. */
export function jobCommand({ name, longest }: Job, metricsFile: string | undefined): string[] {
  const metrics = metricsFile === undefined ? [] : ['--metrics-file', metricsFile];
  return [...JOB_COMMANDS[name], '--quiet', '--max-duration', `${longest}m`, ...metrics];
}

/** Where and as whom the jobs run. */
export interface Surroundings {
  /** node and tomo, absolute. */
  program: readonly string[];
  environmentFile: string;
  /** Names of variables that the jobs need, with values where these are known and no secrets. */
  variables: readonly string[];
  /** The config file with the context that these name; null: they name none. */
  configFile: string | null;
  /** Of a database in files: whose it is and in which folder; null: a server. */
  local: { user: string; directory: string } | null;
  /** The sessions are those of another server, and the record of what is done a file. */
  adopted: boolean;
  mailTo: string;
  /** The page that all jobs write their metrics into. */
  metricsFile: string | undefined;
  /** A unit that systemd starts when a job fails. */
  onFailure: string | undefined;
  /** 0 to 59: not everybody's cron should begin at the full hour. */
  minute: number;
}

export interface UnitFile {
  path: string;
  text: string;
}

const RIGHTS = 'tomo db grants --role janitor --name tomo_janitor | psql "$OWNER_URL"';
const OTHER_RIGHTS = 'docs/adopted-servers.md says what the role needs';

function heading(surroundings: Surroundings): string[] {
  return [
    `# ${surroundings.environmentFile} (mode 0600) holds one NAME=value a line: ${printable(surroundings.variables.join(', '))}`,
    ...(surroundings.configFile === null
      ? []
      : [`# The context is in ${printable(surroundings.configFile)}: for the crontab of the user whose file that is`]),
    ...(surroundings.local ? [] : [`# Least privilege: ${surroundings.adopted ? OTHER_RIGHTS : RIGHTS}`]),
    `# No flock: ${surroundings.adopted ? 'two runs at once share the work' : 'a second run sees the first one, says so and ends'}.`,
  ];
}

/** Lines for `crontab -e`. https://man7.org/linux/man-pages/man5/crontab.5.html */
export function renderCrontab(jobs: readonly Job[], surroundings: Surroundings): string {
  const lines = jobs.flatMap((job) => {
    const command = [...surroundings.program, ...jobCommand(job, surroundings.metricsFile)].map(shellQuote).join(' ');
    // % begins the input of a command there
    const line = `set -a; . ${shellQuote(surroundings.environmentFile)}; ${command}`.replaceAll('%', '\\%');
    return [`# ${job.title}`, `${cronTime(job.minutes, surroundings.minute)} ${line}`];
  });
  return [...heading(surroundings), `MAILTO=${surroundings.mailTo}`, ...lines].join('\n');
}

function cronTime(minutes: number, offset: number): string {
  if (minutes === 1) return '* * * * *';
  if (minutes < 60) return `${offset % minutes}-59/${minutes} * * * *`;
  if (minutes === 60) return `${offset} * * * *`;
  return minutes === 1440 ? `${offset} 3 * * *` : `${offset} */${minutes / 60} * * *`;
}

/** A service and a timer for each job. https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html */
export function unitFiles(jobs: readonly Job[], surroundings: Surroundings): UnitFile[] {
  return jobs.flatMap((job) => [
    { path: `/etc/systemd/system/tomo-${job.name}.service`, text: service(job, surroundings) },
    { path: `/etc/systemd/system/tomo-${job.name}.timer`, text: timer(job) },
  ]);
}

function service(job: Job, surroundings: Surroundings): string {
  const { program, environmentFile, local, adopted, metricsFile, onFailure } = surroundings;
  const account = local ? [`User=${local.user}`, `ReadWritePaths=${unitWord(local.directory)}`] : ['DynamicUser=yes'];
  // a program or database below a home must stay readable
  const atHome = local || program.some((word) => /^\/(home|root|run\/user)\//.test(word));
  return [
    '[Unit]',
    `Description=Tomo: ${job.title}`,
    'Wants=network-online.target',
    'After=network-online.target',
    ...(onFailure === undefined ? [] : [`OnFailure=${onFailure}`]),
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${[...program, ...jobCommand(job, metricsFile)].map(unitWord).join(' ')}`,
    `EnvironmentFile=${environmentFile.replaceAll('%', '%%')}`,
    '# 8: work remains, which the next run takes',
    'SuccessExitStatus=8',
    ...account,
    ...(metricsFile === undefined ? [] : [`ReadWritePaths=${unitWord(dirname(metricsFile))}`]),
    ...(adopted ? ['StateDirectory=tomo', 'Environment=XDG_STATE_HOME=%S'] : []),
    'ProtectSystem=strict',
    `ProtectHome=${atHome ? 'read-only' : 'yes'}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectControlGroups=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    'SystemCallFilter=@system-service',
    'UMask=0077',
    '',
  ].join('\n');
}

function timer({ title, minutes }: Job): string {
  const when = minutes < 60 ? `*:0/${minutes}` : minutes === 1440 ? '*-*-* 03:00' : `0/${minutes / 60}:00`;
  return [
    '[Unit]',
    `Description=Tomo: ${title}`,
    '',
    '[Timer]',
    `OnCalendar=${when}`,
    `RandomizedDelaySec=${Math.min(900, Math.floor((minutes * 60) / 4))}`,
    'Persistent=yes',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n');
}

/** A word of ExecStart: % and $ mean something there. */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A script that writes the units and starts the timers, to be read and then piped into a root shell. */
export function renderUnits(files: readonly UnitFile[], surroundings: Surroundings): string {
  const written = files.map(({ path, text }) => `cat > ${path} <<'END_OF_UNIT'\n${text}END_OF_UNIT`);
  const timers = files
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
    .filter((name) => name.endsWith('.timer'));
  return [
    ...heading(surroundings),
    ...written,
    'systemctl daemon-reload',
    `systemctl enable --now ${timers.join(' ')}`,
  ].join('\n');
}
