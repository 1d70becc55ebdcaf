import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { exampleServers } from '../support/example-server.ts';

const PHONE = { viewport: { width: 360, height: 740 }, screen: { width: 360, height: 740 } };
const DESK = { viewport: { width: 1280, height: 800 }, screen: { width: 1920, height: 1080 } };
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

onPostgres('the page of one’s own sessions, in a browser', (t) => {
  const start = exampleServers(t);
  let url: string;
  let browser: Browser | undefined;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    url = await start({ JWT_SECRET_KEY: 'a secret of more than thirty-two bytes' });
  });
  afterAll(() => browser?.close());
  beforeEach(async (context) => {
    if (!browser) context.skip('no browser starts on this machine');
    complaints.length = 0;
    for (const username of ['alice', 'bob']) await aUser(t, { username });
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });

  /** Somebody logs in on a device of their own and opens the page. */
  async function comeIn(username: string, options: BrowserContextOptions): Promise<Page> {
    const context = await browser?.newContext({ timezoneId: 'Europe/Berlin', ...options });
    const page = await context?.newPage();
    if (!page) throw new Error('no browser');
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page.goto(`${url}/login`);
    await page.fill('[name=username]', username);
    await page.click('button');
    await page.click('text=Your sessions');
    return page;
  }
  const statusOf = async (page: Page) => (await page.goto(`${url}/sessions`))?.status();
  const idOf = async (page: Page) => ((await (await page.request.get(`${url}/api/me`)).json()) as { id: string }).id;
  const set = (page: Page, selector: string, value: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((field, to) => field.setAttribute('value', to), value);

  it('shows device, place and times, the current one marked, on a telephone and whatever browsers call themselves', async () => {
    const desk = await comeIn('alice', DESK);
    const hostile = `<script>alert(1)</script>" onmouseover='alert(2)'><img src=x onerror=alert(3)>${'W'.repeat(300)}`;
    await comeIn('alice', { ...DESK, userAgent: hostile });
    await t.sql('update tomo.sessions set city = $1, country = $2', [`<b onclick=alert(4)>${'M'.repeat(75)}`, 'DE']);
    const phone = await comeIn('alice', PHONE);
    const items = phone.locator('li');
    expect(await items.count()).toBe(3);
    expect(await phone.locator('li[aria-current=true]').allInnerTexts()).toEqual([
      expect.stringContaining('(this one)'),
    ]);
    const text = await phone.textContent('body');
    expect(text).toContain('<script>alert(1)');
    expect(text).toContain('<b onclick=alert(4)>MMM');
    expect(text).toMatch(/Login \d{4}-\d\d-\d\d \d\d:\d\d UTC\s*last active .* UTC\s*until .* UTC/);
    for (const page of [phone, desk]) {
      expect(await statusOf(page)).toBe(200);
      const width = page.viewportSize()?.width ?? 0;
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    // fingers are wide
    for (const box of await phone.locator('button').all())
      expect((await box.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    expect(complaints).toEqual([]);
  });

  it('learns screen and time zone at the login, and does without', async () => {
    await comeIn('alice', PHONE);
    await comeIn('bob', { ...DESK, javaScriptEnabled: false });
    expect(
      await t.sql(
        'select username, screen, time_zone from tomo.devices d join tomo.users u on u.id = d.user_id order by 1',
      ),
    ).toEqual([
      { username: 'alice', screen: '360x740', time_zone: 'Europe/Berlin' },
      { username: 'bob', screen: null, time_zone: null },
    ]);
    expect(complaints).toEqual([]);
  });

  it.each([true, false])('ends one, and all others (with scripts: %s)', async (javaScriptEnabled) => {
    const here = await comeIn('alice', { ...PHONE, javaScriptEnabled });
    const [desk, other, bob] = [await comeIn('alice', DESK), await comeIn('alice', DESK), await comeIn('bob', DESK)];
    await here.reload();
    await here.click(`li:has([value="${await idOf(desk)}"]) button`);
    expect(new URL(here.url()).pathname).toBe('/sessions');
    expect(await here.locator('li').count()).toBe(2);
    expect([await statusOf(desk), await statusOf(other), await statusOf(bob)]).toEqual([401, 200, 200]);
    await here.click('text=Log out the other 1');
    expect(await here.textContent('body')).toContain('logged in nowhere else');
    expect([await statusOf(here), await statusOf(other), await statusOf(bob)]).toEqual([200, 401, 200]);
    await here.click('li[aria-current=true] button');
    expect(await statusOf(here)).toBe(401);
  });

  it('ends nobody else’s: a changed form gets the answer of a session that does not exist', async () => {
    const [bob, alice] = [await comeIn('bob', DESK), await comeIn('alice', DESK)];
    await comeIn('alice', PHONE);
    const answers: string[] = [];
    for (const id of [await idOf(bob), UNKNOWN, 'nonsense']) {
      expect(await statusOf(alice)).toBe(200);
      await set(alice, '[name=id]', id);
      const [answer] = await Promise.all([
        alice.waitForNavigation(),
        alice.click('[action="/sessions/revoke"] button'),
      ]);
      answers.push(`${answer?.status()} ${await answer?.text()}`);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^404 .*You have no such session/s);
    expect(await liveIds(t)).toHaveLength(3);
    expect(await statusOf(bob)).toBe(200);
  });

  it.each([
    ['wrong', (page: Page) => set(page, '[action="/sessions/revoke-others"] [name=csrf]', 'x'.repeat(70))],
    ['missing', (page: Page) => page.locator('[name=csrf]').evaluateAll((all) => all.map((one) => one.remove()))],
  ])('does nothing when the CSRF token is %s', async (_, spoil: (page: Page) => Promise<unknown>) => {
    await comeIn('alice', PHONE);
    const alice = await comeIn('alice', DESK);
    await spoil(alice);
    const [answer] = await Promise.all([
      alice.waitForNavigation(),
      alice.click('[action="/sessions/revoke-others"] button'),
    ]);
    expect(answer?.status()).toBe(403);
    expect(await liveIds(t)).toHaveLength(2);
  });

  it('does nothing that a page of another origin asks for, although the browser sends the cookie', async () => {
    await comeIn('alice', PHONE);
    const alice = await comeIn('alice', DESK);
    const csrf = await alice.locator('[name=csrf]').first().getAttribute('value');
    // another port of this machine is the same site, so SameSite does not help
    const evil = createServer((_, res) =>
      res
        .setHeader('Content-Type', 'text/html')
        .end(
          `<form method="post" action="${url}/sessions/revoke-others"><input name="csrf" value="${csrf}"><button>win</button></form>`,
        ),
    ).listen(0, '127.0.0.1');
    await once(evil, 'listening');
    await alice.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}`);
    const [answer] = await Promise.all([alice.waitForNavigation(), alice.click('button')]);
    expect([answer?.status(), await answer?.text()]).toEqual([403, expect.stringContaining('from another site')]);
    expect((await answer?.request().allHeaders())?.cookie).toContain('tomo_session=');
    expect(await liveIds(t)).toHaveLength(2);
    evil.close();
  });

  it('tells of a new device, and “that was not me” puts it out', async () => {
    await t.sql('update tomo.settings set new_device_alerts = true');
    const alice = await comeIn('alice', DESK);
    const intruder = await comeIn('alice', PHONE);
    expect(await statusOf(alice)).toBe(200);
    expect(await alice.textContent('body')).toMatch(/New device: .*still logged in/s);
    await alice.click('text=That was not me');
    expect(await alice.textContent('body')).toContain('Change your password.');
    expect([await statusOf(alice), await statusOf(intruder)]).toEqual([200, 401]);
    expect(await t.sql('select compromised, sessions::int from tomo.revocations')).toEqual([
      { compromised: true, sessions: 1 },
    ]);
  });
});
