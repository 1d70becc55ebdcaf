/** A word of the operator's own, and what it stands for. */
export interface Alias {
  name: string;
  command: string;
}
