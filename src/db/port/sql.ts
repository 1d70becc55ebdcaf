/** Collects parameters while a statement is put together. */
export class Params {
  readonly values: unknown[] = [];
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  params: unknown[];
}
