import { didYouMean } from '../../domain/text/did-you-mean.ts';
import type { Key } from './keyboard.ts';
import { go, say } from './move.ts';
import type { BrowseState } from './state.ts';
import { edit } from './typing.ts';
import { VIEW_NAMES, type ViewName } from './view.ts';

const WORDS = [...VIEW_NAMES, 'help', 'quit'] as const;
type Word = (typeof WORDS)[number];

/** The line behind a colon: a view by its name or the beginning of it, and what to search for there. */
export function pressInCommand(state: BrowseState, key: Key): BrowseState {
  const { command } = state;
  if (key === 'escape' || (key === 'backspace' && command === '')) return closed(state);
  if (key === 'tab') return { ...state, command: completed(command) };
  if (key === 'enter') return run(closed(state), command);
  return edit(key, command, (text) => ({ ...state, command: text.slice(0, 200) })) ?? state;
}

/** The words that go on like this, for the line below. */
export function commandWords(command: string): string[] {
  return command.includes(' ') ? [] : beginning(command);
}

function run(state: BrowseState, command: string): BrowseState {
  const [word = '', ...search] = command.trim().split(/\s+/);
  if (word === '') return state;
  const found = beginning(word);
  const [first] = found;
  const exact = WORDS.find((name) => name === word.toLowerCase());
  if (!first) {
    const meant = didYouMean(word, WORDS) ?? `There are: ${WORDS.join(', ')}.`;
    return say(state, `There is no view "${word}". ${meant}`, true);
  }
  if (!exact && found.length > 1) return say(state, `"${word}" may be ${found.join(' or ')}.`, true);
  return open(state, exact ?? first, search.join(' '));
}

function open(state: BrowseState, word: Word, search: string): BrowseState {
  if (word === 'quit') return { ...state, quit: true };
  if (word === 'help') return { ...state, mode: 'help', helpFrom: 0 };
  return go(state, { view: word satisfies ViewName, scope: null, search });
}

function beginning(text: string): Word[] {
  return WORDS.filter((name) => name.startsWith(text.toLowerCase()));
}

/** As far as all that begin like this go on alike. */
function completed(command: string): string {
  const [first, ...others] = commandWords(command);
  if (!first) return command;
  let end = first.length;
  while (others.some((name) => name.slice(0, end) !== first.slice(0, end))) end -= 1;
  return first.slice(0, end) + (others.length === 0 ? ' ' : '');
}

function closed(state: BrowseState): BrowseState {
  return { ...state, mode: 'list', command: '' };
}
