let names: Intl.DisplayNames | undefined;

/** "Germany" for DE (ISO 3166), in English; undefined for what is not a country. */
export function countryName(code: string): string | undefined {
  if (!/^[A-Z]{2}$/.test(code)) return undefined;
  names ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return names.of(code);
}
