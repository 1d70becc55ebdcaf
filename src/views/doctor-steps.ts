import type { CheckResult, Deed, PlainDeed } from '../domain/doctor/check.ts';
import type { Examination } from '../domain/doctor/examine.ts';
import { argumentWord, optionWords } from '../domain/text/shell-word.ts';

/** A finding as it is shown and as `--json` prints it: its keys are a contract. */
export interface Finding extends Omit<CheckResult, 'steps'> {
  /** The exact command or SQL, one a line; null where there is nothing to do. May hold outside text. */
  fix: string | null;
}

export interface Diagnosis extends Omit<Examination, 'findings'> {
  /** By area. */
  findings: Finding[];
}

export function diagnosisWords(diagnosis: Examination): Diagnosis {
  return { ...diagnosis, findings: diagnosis.findings.map(findingWords) };
}

/** The steps as commands: of what is in order behind the detail, of all else as its fix. */
function findingWords({ steps, ...finding }: CheckResult): Finding {
  const commands = steps.map((step) => (typeof step === 'string' ? step : withNote(step))).join('\n');
  if (commands === '') return { ...finding, fix: null };
  if (finding.verdict !== 'ok') return { ...finding, fix: commands };
  const purpose = steps.some((step) => typeof step !== 'string' && step.do === 'set') ? 'To change that' : 'To look';
  return { ...finding, detail: [finding.detail, `${purpose}: ${commands}`].filter(Boolean).join(' '), fix: null };
}

function withNote(deed: Deed): string {
  return `${commandOf(deed)}${deed.note === undefined ? '' : `   # ${deed.note}`}`;
}

/** A flag with outside text; nothing without a value. */
const flag = (name: string, value: string | undefined) => (value === undefined ? '' : ` ${optionWords(name, value)}`);

const PLAIN: Record<PlainDeed, string> = {
  'apply-environment': 'tomo config apply-env',
  'check-token': 'tomo doctor - < token.txt',
  'clean-up': 'tomo session cleanup',
  'list-activity': 'tomo activity list',
  'list-alerts': 'tomo alert list',
  migrate: 'tomo db migrate',
  'place-logins': 'tomo geo enrich',
  'revoke-session': 'tomo session revoke ID',
  'send-alerts': 'tomo alert send',
  'send-dead-alerts': 'tomo alert send --retry-dead',
  update: 'npm install --global @tomo/cli',
};
const ONLY = { 'oldest-first': ' --sort login', 'last-hour': ' --since 1h --state all' };

function commandOf(deed: Deed): string {
  switch (deed.do) {
    case 'check-site':
      return `tomo doctor --url ${deed.url ?? 'https://tomo.example'}`;
    case 'explain-session':
      return `tomo session why ${deed.id ?? 'ID'}`;
    case 'grant':
      return `tomo db grants --role ${deed.role}${flag('name', deed.name)}${deed.name !== undefined ? ' | psql "$OWNER_URL"' : ''}`;
    case 'list-sessions': {
      const whose = flag('user', deed.user) + flag('device', deed.device);
      return `tomo session list${whose}${deed.only ? ONLY[deed.only] : ''}`;
    }
    case 'reset':
      return `tomo config reset ${deed.key}`;
    case 'revoke-user':
      return `tomo session revoke-user --yes ${argumentWord(deed.user)}`;
    case 'schedule':
      return `tomo schedule --for ${deed.job}   # prints what to put into cron or systemd`;
    case 'set':
      return `tomo config set ${deed.key} ${deed.value}${deed.simulate ? ' --simulate' : ''}`;
    default:
      return PLAIN[deed.do];
  }
}
