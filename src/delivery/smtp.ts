import type { NodemailerError } from 'nodemailer/lib/errors';
import { type Channel, DeliveryError } from '../domain/alert/send.ts';
import type { ChannelName, OutgoingAlert } from '../model/alert.ts';
import { type AlertMail, mailToOperator, mailToUser } from '../views/alert/mail.ts';
import { errorWords } from './error-words.ts';

/** Milliseconds for one mail, and for each step on the way. */
const TIMEOUT = 30_000;
const STEP_TIMEOUT = 10_000;
const CONNECTIONS = 5;

export interface SmtpSettings {
  host: string;
  /** Undefined: 465 with TLS from the start, else 587. */
  port: number | undefined;
  /** TLS from the start. Otherwise STARTTLS, where the server offers it. */
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
  from: { name: string; address: string };
  /** Addresses of the operators, who get a copy; may be empty. */
  copies: string[];
}

/** Mail to the user an alert is about, and to the operators: two channels over the same connections. */
export async function openSmtp(settings: SmtpSettings): Promise<Channel[]> {
  const { createTransport } = await import('nodemailer');
  const { host, port, secure, auth, from, copies } = settings;
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    // our own attempts are counted and wait
    maxRequeues: 0,
    host,
    ...(port === undefined ? {} : { port }),
    secure,
    ...(auth ? { auth } : {}),
    // a password never goes out in the clear; on this machine nobody listens
    requireTLS: auth !== undefined && !secure && !isLoopback(host),
    connectionTimeout: STEP_TIMEOUT,
    greetingTimeout: STEP_TIMEOUT,
    socketTimeout: STEP_TIMEOUT,
    dnsTimeout: STEP_TIMEOUT,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const secrets = auth ? [auth.pass, encodeURIComponent(auth.pass), Buffer.from(auth.pass).toString('base64')] : [];
  const domain = from.address.split('@').at(-1);

  const send = async (outgoing: OutgoingAlert, channel: ChannelName, to: string[], mail: AlertMail) => {
    const { id, sessionId, userId } = outgoing.alert;
    try {
      await transport.sendMail({
        from,
        to: to.map((address) => ({ name: '', address })),
        subject: mail.subject,
        text: mail.text,
        // the same for every attempt, so that a mail program can drop the second one
        messageId: `<tomo-alert-${id}-${sessionId ?? userId}-${channel}@${domain}>`,
        // no answers of "out of office" (RFC 3834, section 5)
        headers: { 'auto-submitted': 'auto-generated' },
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch (cause) {
      throw new DeliveryError(errorWords(cause, secrets), { unreachable: isUnreachable(cause), cause });
    }
  };
  const user: Channel = {
    name: 'mail',
    recipient: ({ email }) => (email !== null && isMailAddress(email) ? email : null),
    deliver: (outgoing) => send(outgoing, 'mail', [outgoing.email ?? ''], mailToUser(outgoing.alert)),
    close: () => transport.close(),
  };
  const operator: Channel = {
    name: 'copy',
    recipient: () => copies.join(', '),
    deliver: (outgoing) => send(outgoing, 'copy', copies, mailToOperator(outgoing.alert)),
  };
  return copies.length > 0 ? [user, operator] : [user];
}

/**
 * One address and nothing that a header or an SMTP command could take for more. Stricter than RFC 5321: no quoted
 * names, no addresses in brackets.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= 320 && /^[^\s<>()[\]\\,;:@"\p{C}]+@[^\s<>()[\]\\,;:@"\p{C}]+$/u.test(text);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Not this mail was refused: nobody answers there, or does not let us in. */
function isUnreachable(error: unknown): boolean {
  const { responseCode, code } = error as NodemailerError;
  return responseCode === undefined || responseCode === 421 || code === 'EAUTH' || code === 'ETLS';
}
