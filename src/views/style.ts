import { Chalk, type ChalkInstance } from 'chalk';

/** What a view is drawn for. */
export interface Look {
  /** Columns. */
  width: number;
  colour: boolean;
  now: Date;
  /** The operator's own session. */
  current?: string | undefined;
}

/** Colours, or none. */
export function paint(look: Pick<Look, 'colour'>): ChalkInstance {
  return new Chalk({ level: look.colour ? 1 : 0 });
}
