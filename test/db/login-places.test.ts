import { copyFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Places, placesFrom } from '../../src/domain/server/places.ts';
import { loginSession, openSession } from '../../src/domain/server/session.ts';
import { makeSigningKeys } from '../../src/domain/token/token.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { geoDatabase, PROVIDERS } from '../support/geo.ts';

onPostgres('a login whose place the library looks up', (t) => {
  async function placeOf(places: Places, ip: string | undefined, place?: { city: string }) {
    const { id } = await openSession(t.db, { userId: await aUser(t), ip, place }, { places });
    const [row] = await t.sql<{ place: string | null; isp: string | null; check: string | null }>(
      `select concat_ws(', ', city, country) as place, isp, location_check as check from tomo.sessions where id = $1`,
      [id],
    );
    return row;
  }

  it('knows city and provider, also of IPv4 inside IPv6, and what is nowhere or private', async () => {
    const asn = geoDatabase('asn', { type: 'Test-ASN', networks: PROVIDERS });
    const places = placesFrom({
      city: geoDatabase('city'),
      asn,
      onError: (error) => expect.unreachable(String(error)),
    });
    const berlin = { place: 'Berlin, DE', isp: 'Spree Telekom', check: 'first' };
    expect(await placeOf(places, '203.0.113.7')).toEqual(berlin);
    expect(await placeOf(places, '::ffff:203.0.113.7')).toEqual(berlin);
    expect(await placeOf(places, '2001:db8::7')).toMatchObject({ place: 'Paris, FR', isp: null });
    expect(await placeOf(places, '203.0.112.7')).toMatchObject({ place: '', check: 'unknown' });
    expect(await placeOf(places, '10.0.0.7')).toMatchObject({ place: '', check: 'skipped' });
    expect(await placeOf(places, undefined)).toMatchObject({ place: '', check: 'unknown' });
    // what the server knows itself has the word
    expect(await placeOf(places, '203.0.113.7', { city: 'Here' })).toMatchObject({ place: 'Here' });
  });

  it('looks into a file that has been replaced, and stays with the old one while the new one is damaged', async () => {
    const [file, newer] = [
      geoDatabase('city'),
      geoDatabase('city', { networks: { '203.0.113.0/24': { country_code: 'AT' } } }),
    ];
    const errors: unknown[] = [];
    const places = placesFrom({ city: [file], onError: (error) => errors.push(error), lookAgain: 0 });
    expect(await placeOf(places, '203.0.113.7')).toMatchObject({ place: 'Berlin, DE' });
    writeFileSync(file, 'half of it');
    expect(await placeOf(places, '203.0.113.7')).toMatchObject({ place: 'Berlin, DE' });
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    copyFileSync(newer, file);
    utimesSync(file, 1, 1);
    await expect.poll(() => places.find('203.0.113.7')).toEqual({ country: 'AT' });
  });

  it('succeeds without a place where there is no file, says why, and finds it once it is there', async () => {
    const file = geoDatabase('city');
    const copy = `${file}.copy`;
    const errors: string[] = [];
    const places = placesFrom({ city: copy, onError: (error) => errors.push(String(error)), lookAgain: 0 });
    expect(await placeOf(places, '203.0.113.7')).toMatchObject({ place: '', check: null });
    expect(errors.join()).toContain(copy);
    copyFileSync(file, copy);
    const keys = makeSigningKeys('a secret of more than thirty-two bytes');
    const login = { userId: await aUser(t), ip: '203.0.113.7' };
    expect((await loginSession(t.db, keys, login, { secure: true, places })).session.location).toBe('first');
    rmSync(copy);
  });
});
