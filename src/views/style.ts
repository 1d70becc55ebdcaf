import { Chalk, type ChalkInstance } from 'chalk';

/** What a view is drawn for. */
export interface Look {
  /** Columns. */
  width: number;
  colour: boolean;
  /**
   * Whether block characters, lines and an ellipsis can be shown; else their like in ASCII. Outside
   * text stays as it is.
   */
  unicode: boolean;
  now: Date;
  /** The operator's own session, and the id of their user. */
  current?: string | undefined;
  currentUser?: string | undefined;
}

/** What stands for what was left out. */
export function ellipsis({ unicode }: Pick<Look, 'unicode'>): string {
  return unicode ? '…' : '...';
}

/** Colours, or none. */
export function paint(look: Pick<Look, 'colour'>): ChalkInstance {
  return new Chalk({ level: look.colour ? 1 : 0 });
}
