/** User and password, hosts, database, parameters. */
export const URL_SHAPE = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^@?#]*))?(?:\?([^@#]*))?$/;

/** A URL that may be shown: without password and secrets; null where it is none that can be read. */
export function withoutSecrets(url: string): string | null {
  const match = URL_SHAPE.exec(url);
  if (!match) return null;
  const [, login = '', hosts = '', database, search = ''] = match;
  const [user = ''] = splitOnce(login, ':');
  const open = search.split('&').filter((pair) => pair !== '' && !isSecret(pair));
  const name = database === undefined ? '' : `/${database}`;
  return `postgres://${user && `${user}@`}${hosts}${name}${open.length > 0 ? `?${open.join('&')}` : ''}`;
}

/** Whether a password or another secret stands in the URL. */
export function hasSecrets(url: string): boolean {
  const [, login = '', , , search = ''] = URL_SHAPE.exec(url) ?? [];
  const [, password = ''] = splitOnce(login, ':');
  return password !== '' || search.split('&').some(isSecret);
}

/** Of "name=value", where the name may be written in codes. */
function isSecret(pair: string): boolean {
  const [name = ''] = splitOnce(pair, '=');
  // one that cannot be read is nothing to be shown
  return (
    /%(?![\da-f]{2})/i.test(name) ||
    /password|secret/i.test(
      name.replaceAll(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    )
  );
}

export function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
