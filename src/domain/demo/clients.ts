/** A program that people log in with. */
export interface Client {
  userAgent: string;
  form: 'desktop' | 'mobile' | 'tablet' | 'tool';
  /** Screens it is met on; none for scripts. */
  screens: string[];
  /** How common it is. */
  weight: number;
}

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const IOS = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const WINDOWS = 'Windows NT 10.0; Win64; x64';
const MAC = 'Macintosh; Intel Mac OS X 10_15_7';
const LINUX = 'X11; Linux x86_64';

/** What is common, by the screens it is met on; `%` stands for `Mozilla/5.0`. */
const CATALOGUE: (Pick<Client, 'form' | 'screens'> & { programs: [weight: number, userAgent: string][] })[] = [
  {
    form: 'desktop',
    screens: ['1920x1080', '2560x1440', '1536x864', '3840x2160'],
    programs: [
      [9, `% (${WINDOWS}; rv:145.0) Gecko/20100101 Firefox/145.0`],
      [3, `% (${WINDOWS}; rv:140.0) Gecko/20100101 Firefox/140.0`],
      [14, `% (${WINDOWS}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`],
      [4, `% (${WINDOWS}) ${WEBKIT} Chrome/141.0.0.0 Safari/537.36`],
      [9, `% (${WINDOWS}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`],
      [9, `% (${LINUX}; rv:145.0) Gecko/20100101 Firefox/145.0`],
      [4, `% (${LINUX}; rv:140.0) Gecko/20100101 Firefox/140.0`],
      [6, `% (${LINUX}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`],
    ],
  },
  {
    form: 'desktop',
    screens: ['1512x982', '1728x1117', '2560x1440'],
    programs: [
      [9, `% (${MAC}) ${IOS} Version/26.1 Safari/605.1.15`],
      [8, `% (${MAC}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`],
      [6, '% (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0'],
      [2, `% (${MAC}) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`],
    ],
  },
  {
    form: 'mobile',
    screens: ['412x915', '360x800', '384x832'],
    programs: [
      [12, `% (Linux; Android 10; K) ${WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36`],
      [4, '% (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0'],
    ],
  },
  {
    form: 'mobile',
    screens: ['390x844', '393x852', '430x932'],
    programs: [
      [12, `% (iPhone; CPU iPhone OS 18_7 like Mac OS X) ${IOS} Version/26.1 Mobile/15E148 Safari/604.1`],
      [4, `% (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${IOS} Version/18.6 Mobile/15E148 Safari/604.1`],
      [3, `% (iPhone; CPU iPhone OS 26_1 like Mac OS X) ${IOS} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`],
    ],
  },
  {
    form: 'tablet',
    screens: ['820x1180', '1024x1366'],
    programs: [[4, `% (iPad; CPU OS 18_6 like Mac OS X) ${IOS} Version/18.6 Mobile/15E148 Safari/604.1`]],
  },
];

/** What people use. */
export const CLIENTS: Client[] = CATALOGUE.flatMap(({ programs, ...rest }) =>
  programs.map(([weight, text]) => ({ ...rest, weight, userAgent: text.replace('%', 'Mozilla/5.0') })),
);

export const SCRIPT: Client = { userAgent: 'python-requests/2.32.5', form: 'tool', screens: [], weight: 0 };

/** Tries to clear the screen, paint it red and turn a file name around. */
export const HOSTILE: Client = {
  userAgent: '\u001b[2J\u001b[31mMozilla/9.0 (\u202efdp.tnemetats\u202c; Totally Safe) Browser/1.0\u001b[0m',
  form: 'desktop',
  screens: ['1x1'],
  weight: 0,
};

/** The one whose user agent contains this. */
export function findClient(part: string): Client {
  const client = CLIENTS.find(({ userAgent }) => userAgent.includes(part));
  if (!client) throw new Error(`No client "${part}"`);
  return client;
}
