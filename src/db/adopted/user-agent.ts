/** What a client says of itself, in words; null where it says nothing. */
export interface Client {
  browser: string | null;
  os: string | null;
  formFactor: string | null;
}

/** As much as the schema `tomo` keeps of one: what comes behind names nothing, and may be megabytes. */
const CONSIDERED = 1024;

const TOOL = /^(?!mozilla|opera)[a-z][\w.-]*( [\w-]+)?\/\d/i;
const BOT = /([\w-]*(?:(?<!cu)bot|crawler|spider))\b/i;

type Rule = readonly [sign: RegExp, called: string | ((raw: string) => string | undefined)];

const captured = (sign: RegExp, after = '') => [sign, (raw: string) => withText(sign.exec(raw)?.[1], after)] as const;

const withText = (text: string | undefined, after: string) => (text === undefined ? undefined : text + after);

const BROWSERS: readonly Rule[] = [
  // a program that names itself first, as curl/8.16.0 does
  [TOOL, (raw) => raw.slice(0, raw.indexOf('/'))],
  captured(BOT),
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|OPT\/|Opera/, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/YaBrowser\//, 'Yandex Browser'],
  captured(/\b([A-Z]\w+)Browser\//, ' Browser'),
  captured(/(Vivaldi|Electron|Epiphany|Chromium)\//),
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/MSIE |Trident\//, 'Internet Explorer'],
  [/Safari\//, 'Safari'],
];

const SYSTEMS: readonly Rule[] = [
  [/Windows Phone/, 'Windows Phone'],
  [/Windows/, 'Windows'],
  [/iPhone|iPad|iPod/, 'iOS'],
  [/Tizen/, 'Tizen'],
  [/Web0S/, 'webOS'],
  [/Android/, 'Android'],
  [/CrOS/, 'Chrome OS'],
  [/Mac OS X|Macintosh|Darwin\//, 'macOS'],
  [/FreeBSD|OpenBSD|NetBSD/, 'BSD'],
  [/Linux|X11/, 'Linux'],
];

const TELEVISION = /smart-?tv|appletv|bravia|googletv|hbbtv|tizen.* tv|web0s|crkey|\broku|\baft[a-z]+ build/is;

/**
 * Browser, system and form of what a client calls itself. The same rules as `tomo.parse_user_agent`
 * (functions/user-agents.sql), which databases of other servers do not have; a test holds both to one list.
 */
export function parseUserAgent(raw: string): Client {
  const considered = raw.slice(0, CONSIDERED);
  const browser = first(BROWSERS, considered);
  return {
    browser: browser === null ? null : [...browser].slice(0, 50).join(''),
    os: first(SYSTEMS, considered),
    formFactor: formOf(considered),
  };
}

function first(rules: readonly Rule[], raw: string): string | null {
  const called = rules.find(([sign]) => sign.test(raw))?.[1];
  return (typeof called === 'function' ? called(raw) : called) ?? null;
}

function formOf(raw: string): string | null {
  if (BOT.test(raw) || /externalhit/i.test(raw)) return 'bot';
  if (TELEVISION.test(raw)) return 'tv';
  if (TOOL.test(raw) && !/iPhone|iPad|Android|Windows|Macintosh/.test(raw)) return 'tool';
  if (/iPad|Tablet/.test(raw) || (/Android/.test(raw) && !/Mobile/.test(raw))) return 'tablet';
  if (/Mobile|iPhone|iPod|Windows Phone/.test(raw)) return 'mobile';
  if (/Windows|Macintosh|Linux|X11|CrOS|BSD/.test(raw)) return 'desktop';
  return null;
}
