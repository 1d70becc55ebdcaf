import { isMailAddress, openSmtp, type SmtpSettings } from '../../delivery/smtp.ts';
import { openWebhook, type WebhookSettings } from '../../delivery/webhook.ts';
import type { Channel } from '../../domain/alert/send.ts';
import { invalidInput } from '../../model/errors.ts';
import { configPath, readConfig } from '../connect/config-file.ts';
import type { Config } from '../connect/config-keys.ts';
import { readSecretFile } from '../connect/secret-file.ts';

/** Bytes of a key, as the Standard Webhooks specification wants them. */
const KEY_BYTES = { min: 24, max: 64 };

/**
 * The ways out for alerts that the environment or the config file sets up; the environment wins, key by key.
 * Throws INVALID_INPUT, without repeating a secret, when there is none or one is incomplete.
 */
export async function openChannels(env: NodeJS.ProcessEnv): Promise<Channel[]> {
  const config = readConfig(env);
  const smtp = smtpSettings(env, config);
  const webhook = webhookSettings(env, config);
  if (!smtp && !webhook) {
    throw invalidInput(
      'There is no way to send alerts: neither TOMO_SMTP_URL nor TOMO_WEBHOOK_URL is set.',
      'For mail set TOMO_SMTP_URL and TOMO_MAIL_FROM; for a webhook TOMO_WEBHOOK_URL and TOMO_WEBHOOK_SECRET.\n' +
        `Or smtpUrl and mailFrom, webhookUrl and webhookSecretFile in ${configPath(env)}. See docs/alerts.md.`,
    );
  }
  return [...(smtp ? await openSmtp(smtp) : []), ...(webhook ? [openWebhook(webhook)] : [])];
}

function smtpSettings(env: NodeJS.ProcessEnv, config: Config): SmtpSettings | undefined {
  const text = env.TOMO_SMTP_URL || config.smtpUrl;
  if (!text) return undefined;
  const url = URL.parse(text);
  const credentials = url && credentialsOf(url);
  const more = url && (url.pathname.length > 1 || url.search || url.hash);
  if (!url || !credentials || !/^smtps?:$/.test(url.protocol) || !url.hostname || more) {
    throw invalidInput(
      `${env.TOMO_SMTP_URL ? 'TOMO_SMTP_URL' : '"smtpUrl" in the config file'} is not the URL of a mail server.`,
      'Expected: smtp://user:password@mail.example.org:587, or smtps://… for TLS from the start; special characters of the password as %40.',
    );
  }
  const { user, pass } = credentials;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    secure: url.protocol === 'smtps:',
    auth: user || pass ? { user, pass } : undefined,
    from: parseSender(env.TOMO_MAIL_FROM || config.mailFrom),
    copies: parseRecipients(env.TOMO_MAIL_TO || config.mailTo),
  };
}

function parseSender(text: string | undefined): SmtpSettings['from'] {
  if (!text) {
    throw invalidInput(
      'Mail needs a sender, and TOMO_MAIL_FROM is not set.',
      'TOMO_MAIL_FROM="Tomo <tomo@example.org>", or mailFrom in the config file.',
    );
  }
  const [, name = '', address = text] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  if (!isMailAddress(address.trim())) throw invalidInput(`TOMO_MAIL_FROM (mailFrom): "${text}" is not a mail address.`);
  return { name: name.trim(), address: address.trim() };
}

function parseRecipients(text = ''): string[] {
  const addresses = text
    .trim()
    .split(/\s*,\s*/)
    .filter(Boolean);
  const wrong = addresses.find((address) => !isMailAddress(address));
  if (wrong === undefined) return addresses;
  throw invalidInput(`TOMO_MAIL_TO (mailTo): "${wrong}" is not a mail address.`, 'Several are separated by commas.');
}

function webhookSettings(env: NodeJS.ProcessEnv, config: Config): WebhookSettings | undefined {
  const text = env.TOMO_WEBHOOK_URL || config.webhookUrl;
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !credentialsOf(url) || !/^https?:$/.test(url.protocol)) {
    throw invalidInput(
      `${env.TOMO_WEBHOOK_URL ? 'TOMO_WEBHOOK_URL' : '"webhookUrl" in the config file'} is not an https URL.`,
      'Expected: https://hooks.example.org/tomo',
    );
  }
  const allowed = (env.TOMO_WEBHOOK_ALLOW?.split(',') ?? config.webhookAllow ?? [])
    .filter((entry) => entry.trim() !== '')
    .map(originOf)
    .includes(url.origin);
  if (url.protocol === 'http:' && !allowed) {
    throw invalidInput(
      `The webhook at ${url.origin} is not https, so anybody on the way could read the alerts.`,
      `If that is meant, allow it: TOMO_WEBHOOK_ALLOW=${url.origin}, or webhookAllow in the config file.`,
    );
  }
  return { url, allowed, secrets: webhookSecrets(env, config) };
}

function originOf(entry: string): string {
  const url = URL.parse(entry.trim());
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw invalidInput(
    `TOMO_WEBHOOK_ALLOW (webhookAllow): "${entry}" is not the origin of a URL.`,
    'Expected: http://10.0.0.5:8080',
  );
}

function webhookSecrets(env: NodeJS.ProcessEnv, config: Config): Buffer[] {
  const file = env.TOMO_WEBHOOK_SECRET_FILE || config.webhookSecretFile;
  const text = env.TOMO_WEBHOOK_SECRET || (file ? readSecretFile(file, 'webhook secret') : '');
  const hint = 'Make one, and give it to the receiver: echo "whsec_$(openssl rand -base64 32)"';
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    throw invalidInput(
      'A webhook needs a secret to sign with, and TOMO_WEBHOOK_SECRET is not set (nor webhookSecretFile).',
      hint,
    );
  }
  return words.map((word) => {
    const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(word) ?? [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max) return key;
    throw invalidInput(
      `The webhook secret is not "whsec_" and ${KEY_BYTES.min} to ${KEY_BYTES.max} bytes in base64.`,
      hint,
    );
  });
}

/** User and password of a URL, decoded; undefined when they are not properly written. */
function credentialsOf(url: URL): { user: string; pass: string } | undefined {
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    return undefined;
  }
}
