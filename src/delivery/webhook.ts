import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Channel, DeliveryError } from '../domain/alert/send.ts';
import { alertMessage } from '../views/alert/webhook.ts';
import { errorWords } from './error-words.ts';
import { isPublicAddress } from './public-address.ts';

const TIMEOUT = 5000;
const MAX_RESPONSE = 64 * 1024;
/** Not this alert was refused: another one would get the same answer now. */
const ANSWERS_TO_ALL = [401, 403, 404, 410, 429, 502, 503, 504];

export interface WebhookSettings {
  url: URL;
  /** Keys for the signature; several while one replaces the other. */
  secrets: Buffer[];
  /** The address stands in the allow list: it may be a private one, and plain http. */
  allowed: boolean;
}

/**
 * Posts alerts as JSON, signed as the Standard Webhooks specification says
 * (https://github.com/standard-webhooks/standard-webhooks, version 1.0.0). The name is looked up once for a
 * connection, what comes back is checked, and only that is connected to; redirects are not followed.
 * https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function openWebhook({ url, secrets, allowed }: WebhookSettings): Channel {
  const requestTo = url.protocol === 'https:' ? requestHttps : requestHttp;
  const post = (headers: Record<string, string>, body: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = requestTo(url, {
        method: 'POST',
        // a connection that is used again may be closed by the other side just then, and nobody would know
        // what came through
        agent: false,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': 'tomo',
        },
        signal: AbortSignal.timeout(TIMEOUT),
        ...(allowed ? {} : { lookup: lookUpPublic }),
      });
      request.once('response', resolve).once('error', reject).end(body);
    });
  return {
    name: 'webhook',
    recipient: () => url.origin,
    deliver: async (outgoing) => {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // an address in the place of a name is not looked up
      if (!allowed && isIP(host) !== 0 && !isPublicAddress(host))
        throw new DeliveryError(notPublic(host), { unreachable: true });
      const { id, payload } = alertMessage(outgoing.alert);
      const body = JSON.stringify(payload);
      const response = await post(signatureHeaders(id, body, secrets), body).catch((cause: unknown) => {
        throw new DeliveryError(errorWords(cause, [...secretsIn(url), url.pathname, url.search]), {
          unreachable: true,
          cause,
        });
      });
      discard(response);
      const status = response.statusCode ?? 0;
      if (status >= 300 && status < 400)
        throw new DeliveryError(`answered with a redirect (${status}), which is not followed`, { unreachable: true });
      if (status < 200 || status > 299)
        throw new DeliveryError(`answered ${status}`, { unreachable: ANSWERS_TO_ALL.includes(status) });
    },
  };
}

/** The three headers of the specification. `now`: seconds since 1970. */
export function signatureHeaders(
  id: string,
  body: string,
  secrets: readonly Buffer[],
  now = Math.trunc(Date.now() / 1000),
): Record<string, string> {
  const sign = (secret: Buffer) => `v1,${createHmac('sha256', secret).update(`${id}.${now}.${body}`).digest('base64')}`;
  return { 'webhook-id': id, 'webhook-timestamp': String(now), 'webhook-signature': secrets.map(sign).join(' ') };
}

/** The status has decided. What else comes is read to its end, as long as it is short. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE) response.destroy();
  });
  // one that is cut off has been answered all the same
  response.on('error', () => {});
}

const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const found = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = found;
    if (!first) return callback(new Error(notPublic(addresses.map(({ address }) => address).join(', '))), []);
    if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

function notPublic(address: string): string {
  return `${address} is not a public address; list the webhook's origin in TOMO_WEBHOOK_ALLOW or webhookAllow if it is meant`;
}

function secretsIn(url: URL): string[] {
  return [url.password, decodeURIComponent(url.password)];
}
