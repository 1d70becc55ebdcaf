import { describe, expect, it } from 'vitest';
import { ispOf, placeOf } from '../../src/domain/geo/place.ts';

const BERLIN = { country: 'DE', region: 'Land Berlin', city: 'Berlin', latitude: 52.5234, longitude: 13.4114 };
const names = (en: string) => ({ names: { de: 'anders', en } });

describe('the place in a record', () => {
  it.each([
    [
      'nested, as MaxMind and DB-IP have it',
      {
        country: { iso_code: 'DE' },
        registered_country: { iso_code: 'NL' },
        subdivisions: [names('Land Berlin'), names('Mitte')],
        city: names('Berlin'),
        location: { latitude: 52.52341, longitude: 13.41139, accuracy_radius: 20 },
      },
      BERLIN,
    ],
    [
      'flat, as the packages @ip-location-db have it',
      {
        country_code: 'DE',
        state1: 'Land Berlin',
        state2: '',
        city: 'Berlin',
        latitude: 52.523399,
        longitude: 13.411399,
        timezone: '',
      },
      BERLIN,
    ],
    ['of a country database', { country: { iso_code: 'FR' }, continent: { code: 'EU' } }, { country: 'FR' }],
    ['of a flat country database', { country_code: 'fr' }, { country: 'FR' }],
    ['registered in a country only', { registered_country: { iso_code: 'SE' } }, { country: 'SE' }],
    ['with empty texts', { country_code: 'US', state1: '', city: '  ' }, { country: 'US' }],
    [
      'a point without a country',
      { city: 'At sea', latitude: 0, longitude: -179.99999 },
      { city: 'At sea', latitude: 0, longitude: -180 },
    ],
  ])('%s', (_, record, place) => {
    expect(placeOf(record)).toEqual(place);
  });

  it.each([
    [
      'only the middle of a country',
      { country_code: 'US', city: '', state1: '', latitude: 37.751, longitude: -97.822 },
    ],
    [
      'good for 1,000 km',
      {
        country: { iso_code: 'US' },
        city: names('Somewhere'),
        location: { latitude: 37, longitude: -97, accuracy_radius: 1000 },
      },
    ],
    ['no numbers', { country_code: 'US', city: 'Somewhere', latitude: '37', longitude: null }],
    ['beyond the poles', { country_code: 'US', city: 'Somewhere', latitude: 91, longitude: 10 }],
    ['half a point', { country_code: 'US', city: 'Somewhere', latitude: 37 }],
  ])('leaves out coordinates that are %s', (_, record) => {
    const place = placeOf(record);
    expect(place).toMatchObject({ country: 'US' });
    expect(place).not.toHaveProperty('latitude');
    expect(place).not.toHaveProperty('longitude');
  });

  it.each([
    null,
    undefined,
    'DE',
    7,
    [],
    {},
    { country: null },
    { country_code: 'ZZ' },
    { country_code: 'Germany' },
    { city: 'Nowhere' },
  ])('is none in %j', (record) => {
    expect(placeOf(record)).toBeNull();
  });

  it('keeps what the tables can hold, whole characters and no NUL', () => {
    const place = placeOf({ country_code: 'DE', state1: `a\0b${'🦊'.repeat(200)}`, city: 'x'.repeat(500) });
    expect(place).toEqual({ country: 'DE', region: `ab${'🦊'.repeat(98)}`, city: 'x'.repeat(100) });
    expect(ispOf({ isp: 'y'.repeat(500) })).toBe('y'.repeat(200));
  });
});

describe('the provider in a record', () => {
  it.each([
    [{ autonomous_system_number: 3320, autonomous_system_organization: 'Deutsche Telekom AG' }, 'Deutsche Telekom AG'],
    [{ isp: 'Telekom', autonomous_system_organization: 'Deutsche Telekom AG' }, 'Telekom'],
    [{ traits: { isp: 'Telekom', autonomous_system_organization: 'Deutsche Telekom AG' } }, 'Telekom'],
    [{ traits: { isp: '', autonomous_system_organization: 'Deutsche Telekom AG' } }, 'Deutsche Telekom AG'],
    [{ country_code: 'DE' }, undefined],
    [null, undefined],
  ])('%j', (record, isp) => {
    expect(ispOf(record)).toBe(isp);
  });
});
