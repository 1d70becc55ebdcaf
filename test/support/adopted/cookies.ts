/** What a browser keeps of an answer and sends with its next request. */
export function cookiesOf(answer: Response, before = ''): string {
  const jar = new Map(before.split('; ').flatMap((pair) => (pair ? [split(pair)] : [])));
  for (const line of answer.headers.getSetCookie()) {
    const [name, value] = split(line.split(';')[0] ?? '');
    if (value === '' || /max-age=0(;|$)/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** The value of one of them, as it is sent. */
export function cookieValue(cookies: string, name: string): string {
  return new Map(cookies.split('; ').map(split)).get(name) ?? '';
}

function split(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
