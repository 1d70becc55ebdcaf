/** What commands need to know of the server they work on. */
export interface ServerFacts {
  /** As it is typed; "tomo" for the schema of that name. */
  name: string;
  title: string;
  /** Hexadecimal, where dashes and case do not matter, or text of the server's own. */
  ids: 'hex' | 'text';
  /** Fields of a session that it does not keep, by their names in JSON. */
  unknown: readonly string[];
  /** Whether a revocation can be undone. */
  undo: boolean;
  late: string | null;
  unseen: string | null;
}
