import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import ActivityExport from '../../src/commands/activity/export.ts';
import ActivityList from '../../src/commands/activity/list.ts';
import DeviceForget from '../../src/commands/device/forget.ts';
import DeviceLabel from '../../src/commands/device/label.ts';
import DeviceList from '../../src/commands/device/list.ts';
import DeviceTrust from '../../src/commands/device/trust.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import UserList from '../../src/commands/user/list.ts';
import UserShow from '../../src/commands/user/show.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { type Ran, run } from '../support/run.ts';

const ESC = '\u001b';
const HOSTILE = {
  'an escape sequence': `${ESC}[31mred${ESC}[0m${ESC}[2J${ESC}[H`,
  'a window title': `${ESC}]0;owned\u0007`,
  'a hyperlink (OSC 8)': `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`,
  'a device report': `${ESC}[6n${ESC}P$q"p${ESC}\\`,
  'C1 controls': 'a\u009b31mb\u009d0;x\u009cc\u0085d',
  'carriage return and backspace': 'root\r\b\b\b\badmin\u007f\u0007',
  'newlines and tabs': 'one\ntwo\tthree\u000bfour\u000cfive',
  'right-to-left overrides': 'user\u202egnp.exe\u202c\u2066x\u2069\u200fy\u061c',
  'zero-width characters': 'ad\u200bmi\u200dn\ufeff\u2060',
  'line and paragraph separators': 'a\u2028b\u2029c',
  'tag characters': 'ok\u{e0041}\u{e007f}',
};
/** Long or wide, and nothing to escape. */
const AWKWARD = {
  'Chinese, Japanese, Korean': '东京都渋谷区道玄坂上九丁目서울특별시강남구',
  emoji: '😀🎉🚀🇩🇪👍🏽❤️🔥😀🎉🚀',
  'joined emoji': '👩‍💻👨‍👩‍👧‍👦🏴‍☠️',
  'combining marks': 'Zé́́́́́́́̈̈̈ö̂',
  'Arabic and Hebrew': 'مرحبا بالعالم שלום עולם',
  'fullwidth forms': 'ＡＤＭＩＮｕｓｅｒ１２３',
  'a very long word': 'x'.repeat(90),
};
/** What may not reach a terminal or pipe: everything that moves, hides or turns text. */
const RAW =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;

/** Without what a prompt itself writes: colours, cursor movement, show and hide the cursor. */
const withoutPrompt = (text: string) => text.replaceAll(/\u001b\[[0-9;?]*[A-GJKhlm]/g, '');
/** Without what a full screen itself writes. */
const withoutScreen = (text: string) =>
  text.replaceAll(/\u001b\[(\?\d+[hl]|\d+;1H\u001b\[2K|H(?=\u001b\[\?2026l))/g, '');

onPostgres('hostile text', (t) => {
  let id: string;

  /** A user and a session with this text in every place where the database lets outside text be. */
  const everywhere = async (text: string) => {
    const user = await aUser(t, { username: `u${text}` });
    id = await aSession(t, user, {
      id: '3f2a9c41-0000-4000-8000-000000000000',
      userAgent: text,
      method: text.slice(0, 50),
      city: text,
      country: 'DE',
    });
    const [device] = await t.sql<{ id: string }>(
      `insert into tomo.devices (user_id, fingerprint, screen, time_zone, label) values ($1, sha256('x'), left($2, 32), left($2, 64), left($2, 100)) returning id`,
      [user, text],
    );
    await t.sql('update tomo.sessions set region = $1, isp = $1, device_id = $2', [text.slice(0, 100), device?.id]);
    await t.sql(`update tomo.user_agents set browser = $1, os = $1`, [text]);
    await t.sql(
      `insert into tomo.session_activity (user_id, session_id, kind, name, path)
      select user_id, id, 'page', $2::text, '/' || $2::text from tomo.sessions where id = $1::uuid`,
      [id, text.replaceAll(/[?#]/g, '')],
    );
    await aSession(t, user, { ended: 5, idle: 10, reason: 'revoked', by: text, city: text });
  };
  const clean = ({ stdout, stderr }: Ran) => {
    expect(stdout).not.toMatch(RAW);
    expect(withoutPrompt(stderr)).not.toMatch(RAW);
  };

  it.each(some('lists', Object.entries(HOSTILE), 3))('%s never gets out of a list raw', async (_, text) => {
    await everywhere(text);
    for (const output of ['table', 'wide', 'json', 'ndjson', 'csv', 'ids']) {
      for (const more of [[], ['--all']]) {
        for (const tty of [true, false]) {
          const ran = await run(t, SessionList, ['--state', 'all', '--output', output, ...more], { tty });
          expect(ran.exitCode, ran.stderr).toBe(0);
          clean(ran);
          if (output === 'table' && tty) expect(ran.stdout.trimEnd().split('\n')).toHaveLength(3);
        }
      }
    }
    const tsv = await run(t, SessionList, [
      '--state',
      'all',
      '--columns',
      'id,user,method,by,place,country,region,city,isp,browser,os,user-agent',
    ]);
    clean(tsv);
    for (const line of tsv.stdout.split('\n').slice(0, -1)) expect(line.split('\t')).toHaveLength(12);
  });

  it.each(some('text that is kept', Object.entries({ ...HOSTILE, ...AWKWARD }), 6))(
    '%s keeps its meaning in JSON',
    async (_, text) => {
      await everywhere(text);
      const page = (await run(t, SessionList, ['--json'])).json<{
        sessions: { username: string; userAgent: string }[];
      }>();
      expect(page.sessions[0]).toMatchObject({ username: `u${text}`, userAgent: text });
      const line = await run(t, SessionList, ['--output', 'ndjson', '--all']);
      expect(JSON.parse(line.stdout)).toMatchObject({ username: `u${text}`, userAgent: text });
    },
  );

  it.each(some('show', Object.entries(HOSTILE), 3))('%s never gets out of show raw', async (_, text) => {
    await everywhere(text);
    for (const more of [[], ['--json']]) clean(await run(t, SessionShow, [id, ...more], { tty: true }));
    const [ended] = await t.sql<{ id: string }>('select id from tomo.sessions where ended_at is not null');
    clean(await run(t, SessionShow, [ended?.id ?? '']));
    for (const session of [id, ended?.id ?? ''])
      clean(await run(t, SessionWhy, [session], { tty: true, env: { SESSION_TIMEOUT: text } }));
  });

  it.each(some('other lists', Object.entries(HOSTILE), 3))(
    '%s never gets out of users, devices and activity raw',
    async (_, text) => {
      await everywhere(text);
      await t.sql('update tomo.users set email = $1', [text]);
      await t.sql(
        `insert into tomo.session_activity (user_id, session_id, kind, name, path)
       select user_id, id, 'page', $2::text, translate($2::text, '?#', '') from tomo.sessions where id = $1::uuid`,
        [id, text],
      );
      const [device] = await t.sql<{ id: string }>('select id from tomo.devices');
      for (const tty of [true, false]) {
        for (const command of [UserList, DeviceList, ActivityList]) {
          for (const output of ['table', 'wide', 'json', 'csv'])
            clean(await run(t, command, ['--output', output], { tty }));
        }
        clean(await run(t, UserShow, [`u${text}`], { tty }));
        clean(await run(t, DeviceTrust, [device?.id ?? ''], { tty }));
      }
      clean(await run(t, ActivityExport, ['--output', 'csv']));
      for (const argv of [[text], [`u${text}`, '--follow']]) clean(await run(t, UserShow, argv));
      for (const argv of [
        ['--session', text],
        ['--user', text],
        ['--status', text],
        ['--after', text],
      ])
        clean(await run(t, ActivityList, argv));
      clean(await run(t, DeviceLabel, [device?.id ?? '', text.slice(0, 100)]));
      clean(await run(t, DeviceForget, [device?.id ?? '', '--yes']));
    },
  );

  it.each(some('answers', Object.entries(HOSTILE), 3))(
    '%s never gets out of answers, questions and previews raw',
    async (_, text) => {
      await everywhere(text);
      const [ended] = await t.sql<{ id: string }>('select id from tomo.sessions where ended_at is not null');
      clean(await run(t, SessionRevoke, [id, ended?.id ?? '', '--dry-run']));
      clean(await run(t, SessionRevoke, ['--device', text.slice(0, 3), '--dry-run']));
      clean(
        await run(t, SessionRevoke, ['--country', 'DE'], {
          tty: true,
          answers: [[/Revoke 1 session of "?u[\s\S]*\?[\s\S]*y\s*\/N/, '\r']],
        }),
      );
      const chosen = await run(t, SessionRevoke, [], { tty: true, answers: [[/3f2a9c41/, ' \r\u0003']] });
      clean({ ...chosen, stdout: withoutScreen(chosen.stdout) });
      clean(
        await run(t, SessionRevokeUser, [`u${text}`], {
          tty: true,
          answers: [[/Revoke 1 session of "?u[\s\S]*\?[\s\S]*y\s*\/N/, '\r']],
        }),
      );
      clean(await run(t, SessionRevoke, [id, ended?.id ?? '', '--reason', text]));
      clean(await run(t, SessionRevokeUser, [`u${text}`]));
      clean(await run(t, SessionRevoke, [id, '--json']));
    },
  );

  it.each(some('errors', Object.entries(HOSTILE), 3))('%s never gets out of an error raw', async (_, text) => {
    await everywhere(text);
    await aSession(t, await aUser(t, { username: `v${text}` }), { id: '3f2a0000-0000-4000-8000-000000000000' });
    for (const more of [[], ['--json']]) {
      for (const argv of [
        ['--user', `w${text}`],
        ['--ip', text],
        ['--since', text],
        ['--columns', text],
        ['--limit', text],
        ['--after', text],
        ['--state', text],
        [text],
        [`--${text}`],
        ['--after', Buffer.from(JSON.stringify([text, '2026-01-01', id])).toString('base64url')],
      ]) {
        const ran = await run(t, SessionList, [...argv, ...more]);
        expect(ran.exitCode).toBeOneOf([2, 4]);
        clean(ran);
      }
      for (const argv of [['3f2a'], [text]]) clean(await run(t, SessionShow, [...argv, ...more]));
      clean(await run(t, SessionRevoke, [id, text, ...more]));
      clean(await run(t, SessionRevokeUser, [`x${text}`, ...more]));
    }
  });

  it.each([40, 80, 120])(
    'no text makes a line of the table wider than the terminal or breaks it, at %i columns',
    async (columns) => {
      for (const text of Object.values({ ...HOSTILE, ...AWKWARD })) {
        const user = await aUser(t, { username: text });
        await aSession(t, user, {
          userAgent: text,
          city: text,
          country: 'DE',
          ip: '2001:db8:1111:2222:3333:4444:5555:6666',
        });
      }
      const rows = Object.keys(HOSTILE).length + Object.keys(AWKWARD).length;
      for (const argv of [[], ['--state', 'all'], ['--all'], ['--columns', 'id,user,place,device']]) {
        const { stdout } = await run(t, SessionList, argv, { tty: true, columns });
        const lines = stdout.trimEnd().split('\n');
        expect(lines).toHaveLength(rows + 1);
        expect(
          lines.filter((line) => stringWidth(line) > columns),
          argv.join(' '),
        ).toEqual([]);
        expect(stdout).not.toMatch(RAW);
      }
    },
  );

  it.each([40, 80, 120])(
    'the columns stand under each other whatever stands in them, at %i columns',
    async (columns) => {
      for (const [i, text] of Object.values({ ...HOSTILE, ...AWKWARD }).entries())
        await aSession(t, await aUser(t, { username: text }), { ip: `203.0.113.${100 + i}` });
      const { stdout } = await run(t, SessionList, ['--columns', 'user,ip'], { tty: true, columns });
      const at = stdout
        .trimEnd()
        .split('\n')
        .map((line) => stringWidth(line.slice(0, line.search(/203\.0\.113|IP ADDRESS/))));
      expect(new Set(at).size).toBe(1);
    },
  );

  it('cuts a name only between characters', async () => {
    for (const text of Object.values(AWKWARD))
      await aSession(t, await aUser(t, { username: text.repeat(3).slice(0, 250) }));
    for (let columns = 60; columns < 80; columns += 1) {
      const { stdout } = await run(t, SessionList, [], { tty: true, columns });
      expect(stdout.isWellFormed()).toBe(true);
      expect(stdout).not.toContain('\\ud');
    }
  });

  it('holds the longest texts that the schema permits', async () => {
    await everywhere('y'.repeat(50));
    await t.sql('update tomo.users set username = $1', ['n'.repeat(255)]);
    await t.sql('update tomo.user_agents set raw = $1, browser = $2, os = $2', ['é'.repeat(512), 'b'.repeat(10_000)]);
    const table = await run(t, SessionList, ['--state', 'all'], { tty: true });
    for (const line of table.stdout.trimEnd().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect((await run(t, SessionShow, [id])).stdout).toContain('é'.repeat(512));
    expect((await run(t, SessionList, ['--columns', 'browser'])).stdout).toContain('b'.repeat(10_000));
  });
});
