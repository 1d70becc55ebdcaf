// The commands as the reference and the man pages need them, from oclif's manifest.

/** Groups of flags in the order in which they are told; the rest comes first. */
const GROUPS = ['', 'FILTER', 'GLOBAL'];

export function readCommands({ commands }, topics) {
  return Object.values(commands)
    .filter(({ hidden }) => !hidden)
    .map((command) => {
      const topic = command.id.includes(':') ? command.id.split(':')[0] : '';
      if (topic && !topics[topic])
        throw new Error(`package.json does not describe the topic "${topic}" (oclif.topics).`);
      const name = `tomo ${command.id.replaceAll(':', ' ')}`;
      const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
      return {
        name,
        topic,
        summary: command.summary,
        description: command.description ?? '',
        usage: usage(name, command, flags),
        args: Object.values(command.args).map((arg) => ({
          term: arg.name.toUpperCase(),
          meaning: arg.description,
        })),
        groups: GROUPS.map((title) => ({
          title,
          flags: flags.filter(({ helpGroup = '' }) => helpGroup === title).map(flagTerm),
        })).filter(({ flags: own }) => own.length > 0),
        examples: (command.examples ?? []).map((example) =>
          typeof example === 'string' ? { command: example } : example,
        ),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function usage(name, command, flags) {
  const args = Object.values(command.args).map(({ name: arg, required }, i, all) => {
    const word = arg.toUpperCase() + (command.strict === false && i === all.length - 1 ? '...' : '');
    return required ? word : `[${word}]`;
  });
  const own = flags.filter(({ helpGroup }) => !helpGroup);
  const shown = own.map((flag) => (flag.required ? flagTerm(flag).long : `[${flagTerm(flag).long}]`));
  const rest = [
    flags.some(({ helpGroup }) => helpGroup === 'FILTER') ? '[FILTER]' : '',
    flags.length > own.length ? '[GLOBAL]' : '',
  ];
  return [name, ...args, ...shown, ...rest].filter(Boolean).join(' ');
}

function flagTerm(flag) {
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? `<${flag.name}>`}` : '';
  const long = `--${flag.allowNo ? '[no-]' : ''}${flag.name}${value}`;
  const fallback = flag.type === 'option' && flag.default !== undefined ? ` [default: ${flag.default}]` : '';
  const options = flag.options ? ` One of ${flag.options.join(', ')}.` : '';
  return {
    term: flag.char ? `-${flag.char}, ${long}` : long,
    long,
    meaning: `${flag.summary ?? flag.description}${options}${fallback}`,
  };
}
