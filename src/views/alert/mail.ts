import { argumentWord } from '../../domain/text/shell-word.ts';
import type { Alert } from '../../model/alert.ts';
import { printable } from '../printable.ts';
import { evidenceLines } from './evidence.ts';
import { shortSession, whatHappened } from './words.ts';

export interface AlertMail {
  subject: string;
  text: string;
}

/** Longer subjects are cut by whoever shows them. */
const SUBJECT_LENGTH = 150;

/** To the user: was that you? */
export function mailToUser(alert: Alert): AlertMail {
  const from = { new_device: ' from a new device', unusual_location: ' from an unusual place', login: '' }[alert.kind];
  const session = alert.sessionId ? ` and give this number: ${shortSession(alert.sessionId)}` : '';
  return {
    subject: `Login to your Tomo account${from}`,
    text: [
      `Hello ${printable(alert.username)},`,
      '',
      `Somebody logged in to your Tomo account${from}:`,
      '',
      ...aligned(evidence(alert)),
      '',
      'If this was you, there is nothing to do.',
      `If this was not you, tell your administrator at once${session}.`,
      '',
    ].join('\n'),
  };
}

/** To the operator: what it is, and the commands for it. */
export function mailToOperator(alert: Alert): AlertMail {
  const id = alert.sessionId && shortSession(alert.sessionId);
  const name = argumentWord(alert.username);
  const ofSession: [string, string][] = [
    ['Look', `tomo session show ${id}`],
    ['Revoke it', `tomo session revoke ${id}`],
  ];
  const commands: [string, string][] = [
    ...(id ? ofSession : []),
    ['Revoke all', `tomo session revoke-user ${name}`],
    ['Acknowledge', `tomo alert ack ${alert.id}`],
  ];
  const facts = aligned([['User', printable(alert.username)], ...evidence(alert)]);
  return {
    subject: printable(`Tomo alert: ${alert.username}: ${whatHappened(alert)}`).slice(0, SUBJECT_LENGTH),
    text: [...facts, '', ...aligned(commands), ''].join('\n'),
  };
}

/**
 * What the browser says of itself may be an address, which a mail program would make a link; nobody shall follow it.
 */
function evidence(alert: Alert): [string, string][] {
  return evidenceLines(alert).map(([label, value]) => [
    label,
    value.replaceAll('://', '[:]//').replaceAll(/\.(?=\p{L})/gu, '[.]'),
  ]);
}

function aligned(lines: [string, string][]): string[] {
  return lines.map(([label, value]) => `  ${label.padEnd(14)}${value}`);
}
