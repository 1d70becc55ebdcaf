import { describe, expect, it } from 'vitest';
import { findDescription, KNOWN_SERVERS, REFUSED_SERVERS } from '../../src/db/adopted/servers/index.ts';
import type { Moment, ServerDescription } from '../../src/model/server.ts';

/** Options that a description makes use of. */
function used(description: ServerDescription): string[] {
  const ofMoment = (moment: Moment | undefined): string[] => {
    if (!moment) return [];
    if ('earliest' in moment) return moment.earliest.flatMap(ofMoment);
    const span = 'minus' in moment ? moment.minus : 'plus' in moment ? moment.plus : moment.every;
    return typeof span === 'object' && 'option' in span ? [span.option] : [];
  };
  return [description.created, description.active, description.expires].flatMap(ofMoment);
}

describe.each(KNOWN_SERVERS.map((server) => [server.name, server] as const))('%s', (name, server) => {
  it('is found by its name, in any case', async () => {
    expect(await findDescription(name)).toBe(server);
    expect(await findDescription(name.toUpperCase())).toBe(server);
  });

  it('says what is late, what is not seen, and who cleans up, each in a sentence', () => {
    for (const text of [server.unseen, server.prunes]) expect(text).toMatch(/^\S.{8,}$/);
    // it is said after a revocation: nothing is late where it says nothing
    for (const text of [server.late ?? '.', server.unseen]) expect(text).toMatch(/^(?!Nothing).*\.$/);
  });

  it('explains the options that it uses, and has no idle ones', () => {
    const common = ['schema', 'table', 'users', 'user-key', 'user-name', 'zone', 'user'];
    const options = Object.entries(server.options ?? {});
    expect(options.map(([option]) => option)).toEqual(expect.arrayContaining(used(server)));
    for (const [option, { about }] of options) {
      expect(about).toMatch(/\.$/);
      if (!common.includes(option)) expect(used(server)).toContain(option);
    }
  });

  it('undoes what it sets, and only that', () => {
    expect(Object.keys(server.revoke.unset ?? {})).toEqual(Object.keys(server.revoke.set ?? {}));
  });
});

it('leaves others alone and says what does it right', async () => {
  expect(REFUSED_SERVERS.length).toBeGreaterThan(8);
  for (const { name, title, instead } of REFUSED_SERVERS) {
    await expect(findDescription(name)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(title),
      hint: expect.stringContaining(instead),
    });
  }
});

it('has no two of one name', () => {
  const names = [...KNOWN_SERVERS, ...REFUSED_SERVERS].map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

it('names those that there are where it knows none', async () => {
  await expect(findDescription('rails')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: 'server: There is no server "rails".',
    hint: expect.stringContaining('better-auth, connect-pg-simple'),
  });
});
