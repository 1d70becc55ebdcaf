import { parse } from 'bowser';
import { expect, it } from 'vitest';
import { onBothEngines } from '../support/database.ts';
import { USER_AGENTS } from './user-agents.ts';

type Client = [browser: string | null, os: string | null, form: string | null];

/** Other names for the same. */
const NAMES: Record<string, string> = {
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
  'Opera Touch': 'Opera',
  Miui: 'Miui Browser',
  BingCrawler: 'bingbot',
  SlackBot: 'Slackbot',
  FacebookExternalHit: 'facebookexternalhit',
};

/** Where bowser knows nothing, or less; the key is a part of the user agent. */
const OURS: Record<string, Client> = {
  CrOS: ['Chrome', 'Chrome OS', 'desktop'],
  FreeBSD: ['Firefox', 'BSD', 'desktop'],
  OpenBSD: ['Firefox', 'BSD', 'desktop'],
  HuaweiBrowser: ['Huawei Browser', 'Android', 'mobile'],
  FBAN: [null, 'iOS', 'mobile'],
  Web0S: ['Chrome', 'webOS', 'tv'],
  'BRAVIA VH22': ['Chrome', 'Android', 'tv'],
  'BRAVIA 4K': ['Opera', 'Linux', 'tv'],
  AFTKA: ['Chrome', 'Android', 'tv'],
  CrKey: ['Chrome', 'Linux', 'tv'],
  Roku: [null, null, 'tv'],
  AppleTV: [null, null, 'tv'],
  AhrefsBot: ['AhrefsBot', null, 'bot'],
  Bytespider: ['Bytespider', 'Android', 'bot'],
  UptimeRobot: ['UptimeRobot', null, 'bot'],
  'curl/': ['curl', null, 'tool'],
  'Wget/': ['Wget', null, 'tool'],
  'python-requests/': ['python-requests', null, 'tool'],
  'Go-http-client/': ['Go-http-client', null, 'tool'],
  'okhttp/': ['okhttp', null, 'tool'],
  'PostmanRuntime/': ['PostmanRuntime', null, 'tool'],
  'axios/': ['axios', null, 'tool'],
  'node-fetch/': ['node-fetch', null, 'tool'],
  'Dart/': ['Dart', null, 'tool'],
  'CFNetwork/': ['Tomo', 'macOS', 'tool'],
  'Prometheus/': ['Prometheus', null, 'tool'],
  'kube-probe/': ['kube-probe', null, 'tool'],
};

function expected(raw: string): Client {
  const ours = Object.entries(OURS).find(([part]) => raw.includes(part));
  if (ours) return ours[1];
  const { browser, os, platform } = parse(raw);
  return [NAMES[browser.name ?? ''] ?? browser.name ?? null, os.name ?? null, platform.type ?? null];
}

onBothEngines('parse_user_agent', (t) => {
  t.keepsData = true;
  const families = async (raws: string[]) =>
    (
      await t.sql<{ client: Client }>(
        `select json_build_array(p.browser, p.os, p.form_factor) as client from unnest($1::text[]) with ordinality x(raw, n), tomo.parse_user_agent(raw) p order by n`,
        [raws],
      )
    ).map((row) => row.client);

  it('names the families that bowser names, and some that it does not', async () => {
    const found = await families(USER_AGENTS);
    expect(USER_AGENTS.map((raw, i) => [raw, ...(found[i] ?? [])])).toEqual(
      USER_AGENTS.map((raw) => [raw, ...expected(raw)]),
    );
    // no entry of the tables above is left over
    expect(Object.keys(OURS).filter((part) => !USER_AGENTS.some((raw) => raw.includes(part)))).toEqual([]);
  });

  it('says nothing of what says nothing', async () => {
    expect(await families(['', '-', 'x', '(', '\u001b[31m', '\u{1f4a9}', ')('.repeat(500)])).toEqual(
      Array(7).fill([null, null, null]),
    );
  });
});
