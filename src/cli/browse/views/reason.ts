/** Why sessions are ended: for the record. */
export const REASON = { words: 'Why? (Enter: no reason, Esc: back)', most: 500 };
