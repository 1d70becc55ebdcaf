import type { Key } from './keyboard.ts';

/** What a text that is being typed becomes by a key; undefined: the key is for something else. */
export function edit<T>(key: Key, text: string, change: (text: string) => T): T | undefined {
  if (key === 'backspace') return change([...text].slice(0, -1).join(''));
  if (key === 'clear') return change('');
  if (isText(key)) return change(text + key.text);
  return typeof key === 'object' ? change(text + key.pasted.trim().replaceAll(/\s+/g, ' ')) : undefined;
}

export function isText(key: Key): key is { text: string } {
  return typeof key === 'object' && 'text' in key;
}
