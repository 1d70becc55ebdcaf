import {
  createPrompt,
  isBackspaceKey,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useKeypress,
  useMemo,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core';
import type { PromptTheme } from './confirm.ts';

/** A line to choose: `text` is shown, `search` is searched. */
export interface Choice {
  value: string;
  text: string;
  search: string;
}

/**
 * A checkbox list that narrows as one types. Tab marks, Enter takes the marked ones, Esc or Ctrl-U clears the search.
 * Needs at least one mark: Enter on none says so instead of taking the line under the cursor.
 */
export const searchableCheckbox = createPrompt<
  string[],
  { message: string; heading: string; choices: readonly Choice[]; pageSize: number; theme: PromptTheme }
>((config, done) => {
  const [search, setSearch] = useState('');
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [cursor, setCursor] = useState(0);
  const [note, setNote] = useState('');
  const [finished, setFinished] = useState(false);
  const prefix = usePrefix({ status: finished ? 'done' : 'idle', theme: makeTheme(config.theme) });
  const words = search.toLowerCase().split(/\s+/);
  const visible = useMemo(
    () => config.choices.filter(({ search: text }) => words.every((word) => text.toLowerCase().includes(word))),
    [search],
  );
  const active = Math.min(cursor, Math.max(0, visible.length - 1));

  useKeypress((key, rl) => {
    setNote('');
    const current = visible[active];
    if (isEnterKey(key)) {
      if (marked.length === 0) return setNote('Nothing is marked yet: Tab marks a line, Ctrl-C leaves.');
      setFinished(true);
      return done([...marked]);
    }
    if (isUpKey(key)) setCursor(active === 0 ? Math.max(0, visible.length - 1) : active - 1);
    else if (isDownKey(key)) setCursor(active >= visible.length - 1 ? 0 : active + 1);
    else if (isTabKey(key)) {
      if (current)
        setMarked(
          marked.includes(current.value) ? marked.filter((v) => v !== current.value) : [...marked, current.value],
        );
    } else if (isBackspaceKey(key)) setSearch(search.slice(0, -1));
    else if (key.name === 'escape' || (key.ctrl && key.name === 'u')) setSearch('');
    else if (key.name === 'space') setSearch(`${search} `);
    else if (!key.ctrl && rl.line.trim() !== '') {
      setSearch(search + rl.line.trim());
      setCursor(0);
    }
    rl.clearLine(0);
  });

  const page = usePagination({
    items: visible,
    active,
    renderItem: ({ item, isActive }) =>
      `${isActive ? '>' : ' '} ${marked.includes(item.value) ? '[x]' : '[ ]'} ${item.text}`,
    pageSize: config.pageSize,
    loop: false,
  });
  if (finished) return `${prefix} ${config.message} ${marked.length} marked`;
  return [
    [
      `${prefix} ${config.message} Search: ${search}`,
      `      ${config.heading}`,
      visible.length > 0 ? page : '      (nothing matches)',
    ].join('\n'),
    note || `${marked.length} marked. Type to search, Tab marks, Enter revokes the marked, Ctrl-C leaves.`,
  ];
});
