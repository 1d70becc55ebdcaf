import { printable } from './printable.ts';

/** Which database this is, by name and server: "tomo at db.example.org:5432". */
export function renderPlace({
  embedded,
  name,
  location,
}: {
  embedded: boolean;
  name: string;
  location: string;
}): string {
  if (embedded) return `the embedded database in ${printable(location)}`;
  const server = location.endsWith(`/${name}`) ? location.slice(0, -name.length - 1) : location;
  return printable(`${name} at ${server}`);
}
