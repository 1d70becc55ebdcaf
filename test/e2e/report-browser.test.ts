import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderReport } from '../../src/views/report/report.ts';
import { openBrowser } from '../support/browser.ts';
import { aReport } from '../support/report.ts';
import { aMonth, someStats } from '../support/stats.ts';

type Scheme = 'light' | 'dark';

describe('the report in a browser', () => {
  let browser: Browser | undefined;
  const address = pathToFileURL(join(mkdtempSync(join(tmpdir(), 'tomo-report-')), 'report.html'));

  beforeAll(async () => {
    writeFileSync(address, renderReport(aReport()));
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach((context) => {
    if (!browser) context.skip('no browser starts on this machine');
  });

  async function open(
    width: number,
    scheme: Scheme = 'light',
  ): Promise<{ page: Page; said: string[]; asked: string[] }> {
    const page = await browser?.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
    if (!page) throw new Error('no browser');
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => void said.push(dialog.message()));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(address.href);
    return { page, said, asked };
  }

  it.each([360, 390, 768, 1280])('fits %i pixels, asks for nothing, complains of nothing', async (width) => {
    const { page, said, asked } = await open(width);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(await page.evaluate<string[]>(SIDEWAYS)).toEqual([]);
    expect(await page.evaluate<string[]>(BROKEN)).toEqual([]);
    expect(await page.evaluate<number>(SMALLEST)).toBeGreaterThan(8);
    const indents = `[...new Set([...document.querySelectorAll('.rows td')].map((cell) => getComputedStyle(cell).paddingLeft))]`;
    if (width < 768) expect(await page.evaluate<string[]>(indents)).toEqual(['0px']);
    const charts = await page.evaluate<[number, number][]>(
      `[...document.querySelectorAll('svg')].map((svg) => svg.getBoundingClientRect()).map((box) => [box.width, box.height])`,
    );
    expect(charts.length).toBeGreaterThan(5);
    for (const [wide = 0, tall = 0] of charts) expect(Math.min(wide, tall)).toBeGreaterThan(5);
    expect(said).toEqual([]);
    expect(asked).toEqual([address.href]);
    await page.close();
  });

  it.each([360, 1280])('cuts off no word of a chart at %i pixels, however many logins there are', async (width) => {
    const { page } = await open(width);
    for (const times of [1, 123, 4567, 1_234_567]) {
      await page.setContent(renderReport(aReport({ stats: someStats({ logins: aMonth(times) }) })));
      expect(await page.evaluate<string[]>(CUT)).toEqual([]);
    }
    await page.close();
  });

  it.each<Scheme>(['light', 'dark'])('has a contrast of at least 4.5 for every text when it is %s', async (scheme) => {
    const { page } = await open(1280, scheme);
    const { paper, faint } = await page.evaluate<{ paper: number; faint: string[] }>(CONTRASTS);
    expect(paper > 0.5).toBe(scheme === 'light');
    expect(faint).toEqual([]);
    await page.close();
  });

  it('has no flag in what the boss reads', async () => {
    const { page } = await open(390);
    const read =
      await page.evaluate<string>(`[...document.querySelectorAll('section:not([aria-labelledby=commands]), header, footer')]
      .map((part) => part.innerText).join(' ')`);
    expect(read.match(/(^|\s)--?[a-z][\w-]*/g)).toBeNull();
    expect(read).toContain('2 sessions: user theo, idle for 8h, not country DE');
    expect(await page.locator('section[aria-labelledby=commands] li').count()).toBe(
      await page.locator('.steps li').count(),
    );
    await page.close();
  });

  it('shows hostile names as what they are', async () => {
    const { page, said } = await open(1280);
    expect(await page.locator('script, a, img, iframe, form, [onload], [onerror], [style]').count()).toBe(0);
    expect(await page.textContent('body')).toContain('<script>alert(1)</script>');
    expect(await page.textContent('body')).toContain('evil \\u001b[31m\\u202e name');
    expect(said).toEqual([]);
    await page.close();
  });

  it('has landmarks, one first heading, named tables and pictures', async () => {
    const { page } = await open(1280);
    const found = await page.evaluate<{
      landmarks: number[];
      lang: string;
      levels: number[];
      nameless: number;
      pictures: string[][];
    }>(STRUCTURE);
    expect(found.landmarks).toEqual([1, 1, 1, 1]);
    expect(found.lang).toBe('en');
    // a heading never skips a level
    expect(found.levels.every((level, i) => level <= (found.levels[i - 1] ?? 0) + 1)).toBe(true);
    expect(found.nameless).toBe(0);
    expect(found.pictures).toEqual([
      ['Logins per day', expect.stringMatching(/\d/)],
      ['Logins by weekday and hour', expect.stringMatching(/\d/)],
    ]);
    await page.close();
  });

  it('prints on white pages of A4, also from a dark screen', async () => {
    const { page } = await open(1280, 'dark');
    const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThanOrEqual(2);
    expect(pdf).toMatch(/\/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
    await page.emulateMedia({ media: 'print' });
    expect((await page.evaluate<{ paper: number; faint: string[] }>(CONTRASTS)).paper).toBeGreaterThan(0.9);
    await page.close();
  });
});

/** Runs in the page: what can be scrolled sideways, or is cut off. */
const SIDEWAYS = `[...document.body.querySelectorAll('*')].filter((element) => !(element instanceof SVGElement) &&
  getComputedStyle(element).display !== 'inline' && getComputedStyle(element).textOverflow !== 'ellipsis' &&
  element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0).map((element) => element.tagName + ' ' + element.className)`;

/** Runs in the page: words of up to 20 letters that stand on two lines. */
const BROKEN = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('svg')) continue;
    for (const { 0: word, index } of node.textContent.matchAll(/[\\p{L}\\p{N}]{2,20}/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return broken;
})()`;

/** Runs in the page: words of a chart that stand outside of it, or run into another one on their line. */
const CUT = `[...document.querySelectorAll('.chart svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const apart = (a, b) => a.right < b.left || b.right < a.left || Math.abs(a.top - b.top) > a.height / 2;
  return words.filter(({ box }, i) => box.left < frame.left - 0.5 || box.right > frame.right + 0.5 ||
    words.some((other, j) => j > i && !apart(box, other.box))).map(({ text }) => text);
})`;

/** Runs in the page: the height of the smallest letters of a chart, in pixels. */
const SMALLEST = `Math.min(...[...document.querySelectorAll('.chart svg')].map((svg) =>
  parseFloat(getComputedStyle(svg.querySelector('.tick')).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))`;

/**
 * Runs in the page: how light the paper is, and the texts that stand out from theirs by less than 4.5 (WCAG 2, 1.4.3).
 */
const CONTRASTS = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
    return channels(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const faint = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest('title, desc')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(element instanceof SVGElement ? style.fill : style.color), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(element.textContent.slice(0, 40) + ': ' + ratio.toFixed(2));
  }
  return { paper: luminance(behind(document.body)), faint };
})()`;

const STRUCTURE = `({
  landmarks: ['header', 'main', 'footer', 'h1'].map((name) => document.querySelectorAll(name).length),
  lang: document.documentElement.lang,
  levels: [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName.slice(1))),
  nameless: [...document.querySelectorAll('tbody tr')].filter((row) => !row.querySelector('th[scope=row]')).length,
  pictures: [...document.querySelectorAll('svg[role=img]')].map((svg) => [svg.querySelector('title').textContent, svg.querySelector('desc').textContent]),
})`;
