/** Figures of one thing that was measured several times. */
export class Sample {
  readonly #sorted: number[];

  constructor(values: number[]) {
    this.#sorted = values.toSorted((a, b) => a - b);
  }

  quantile(q: number): number {
    return this.#sorted[Math.min(this.#sorted.length - 1, Math.floor(q * this.#sorted.length))] ?? Number.NaN;
  }

  get size(): number {
    return this.#sorted.length;
  }

  get median(): number {
    return this.quantile(0.5);
  }

  get min(): number {
    return this.quantile(0);
  }

  get max(): number {
    return this.quantile(1);
  }

  /** "12.3 (11.0–15.2)" */
  toString(): string {
    return `${digits(this.median)} (${digits(this.min)}–${digits(this.max)})`;
  }
}

/** Milliseconds that `work` takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Once to warm up, then `runs` times. What takes seconds is measured less often, what is over at once more often. */
export async function repeat(runs: number, work: () => Promise<unknown>): Promise<Sample> {
  const first = await time(work);
  const times: number[] = first > 5000 ? [first] : [];
  const wanted = first > 5000 ? 1 : first > 1000 ? 3 : first < 20 ? runs * 3 : runs;
  while (times.length < wanted) times.push(await time(work));
  return new Sample(times);
}

export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Prints a Markdown table, aligned for reading as it is. */
export function printTable(title: string, head: string[], rows: string[][]): void {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  console.log(`\n### ${title}\n`);
  console.log(line(head));
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  for (const row of rows) console.log(line(row));
}
