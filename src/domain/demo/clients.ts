import { createHash } from 'node:crypto';
import { parse } from 'bowser';

/** A program that people log in with. */
export interface Client {
  userAgentId: number;
  raw: string;
  browser: string | null;
  os: string | null;
  formFactor: string | null;
  /** Screens it is met on; none for scripts. */
  screens: string[];
  /** How common it is. */
  weight: number;
}

/** Tries to clear the screen, paint it red and turn a file name around. */
export const HOSTILE_USER_AGENT =
  '\u001b[2J\u001b[31mMozilla/9.0 (\u202efdp.tnemetats\u202c; Totally Safe) Browser/1.0\u001b[0m';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const IOS = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const WINDOWS = 'Windows NT 10.0; Win64; x64';
const MAC = 'Macintosh; Intel Mac OS X 10_15_7';
const LINUX = 'X11; Linux x86_64';

const DESKTOP = ['1920x1080', '2560x1440', '1536x864', '3840x2160'];
const MACBOOK = ['1512x982', '1728x1117', '2560x1440'];
const PHONE = ['412x915', '360x800', '384x832'];
const IPHONE = ['390x844', '393x852', '430x932'];
const IPAD = ['820x1180', '1024x1366'];

const CATALOGUE: [raw: string, weight: number, screens: string[]][] = [
  [`Mozilla/5.0 (${WINDOWS}; rv:145.0) Gecko/20100101 Firefox/145.0`, 9, DESKTOP],
  [`Mozilla/5.0 (${WINDOWS}; rv:140.0) Gecko/20100101 Firefox/140.0`, 3, DESKTOP],
  [`Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`, 14, DESKTOP],
  [`Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`, 4, DESKTOP],
  [`Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 9, DESKTOP],
  [`Mozilla/5.0 (${MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15`, 9, MACBOOK],
  [`Mozilla/5.0 (${MAC}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`, 8, MACBOOK],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0`, 6, MACBOOK],
  [`Mozilla/5.0 (${MAC}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 2, MACBOOK],
  [`Mozilla/5.0 (${LINUX}; rv:145.0) Gecko/20100101 Firefox/145.0`, 9, DESKTOP],
  [`Mozilla/5.0 (${LINUX}; rv:140.0) Gecko/20100101 Firefox/140.0`, 4, DESKTOP],
  [`Mozilla/5.0 (${LINUX}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`, 6, DESKTOP],
  [`Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36`, 12, PHONE],
  ['Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 4, PHONE],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) ${IOS} Version/26.1 Mobile/15E148 Safari/604.1`, 12, IPHONE],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${IOS} Version/18.6 Mobile/15E148 Safari/604.1`, 4, IPHONE],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) ${IOS} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`,
    3,
    IPHONE,
  ],
  [`Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${IOS} Version/18.6 Mobile/15E148 Safari/604.1`, 4, IPAD],
  ['python-requests/2.32.5', 0, []],
  ['curl/8.16.0', 0, []],
  [HOSTILE_USER_AGENT, 0, ['1x1']],
];

/** The programs of the demo, in a fixed order; their numbers are the ids of the table user_agents. */
export function makeClients(): Client[] {
  return CATALOGUE.map(([raw, weight, screens], i) => ({ userAgentId: i + 1, raw, weight, screens, ...describe(raw) }));
}

/** The one whose user agent contains this. */
export function findClient(clients: readonly Client[], part: string): Client {
  const client = clients.find(({ raw }) => raw.includes(part));
  if (!client) throw new Error(`No client "${part}"`);
  return client;
}

/** As the device is recognised by: versions and the address do not count. */
export function fingerprint(client: Client, screen: string | null, timeZone: string | null): string {
  const parts = [client.browser, client.os, client.formFactor, screen, timeZone];
  return sha256(JSON.stringify(parts));
}

/** The digest of a text, as PostgreSQL reads bytea. */
export function sha256(text: string): string {
  return `\\x${createHash('sha256').update(text).digest('hex')}`;
}

function describe(raw: string): Pick<Client, 'browser' | 'os' | 'formFactor'> {
  const { browser, os, platform } = parse(raw);
  // bowser knows no scripts; they name themselves first
  const tool = /^(curl|python-requests)\//.exec(raw)?.[1];
  return {
    browser: tool ?? (browser.name?.replace('Microsoft ', '') || null),
    os: os.name || null,
    formFactor: tool ? 'tool' : (platform.type ?? null),
  };
}
