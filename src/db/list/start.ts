/** Where rows begin: in which order, and behind the one with these sort keys; null: at the first. */
export interface Start<Sort extends string> {
  sort: Sort;
  after: readonly string[] | null;
}
