// docs/reference/*.md and the table of commands in the README, as [file, text].

const cell = (text) =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
const anchor = (name) => name.replaceAll(' ', '-').replaceAll('_', '');

export function referenceFiles(commands, topics) {
  const names = [...new Set(commands.map(({ topic }) => topic))];
  return names.map((topic) => {
    const own = commands.filter((command) => command.topic === topic);
    const title = topic ? `# tomo ${topic}\n\n${topics[topic].description}.` : '# tomo';
    return [fileOf(topic), `${[title, ...own.map(section)].join('\n\n')}\n`];
  });
}

function fileOf(topic) {
  return `docs/reference/${topic || 'tomo'}.md`;
}

function section({ name, summary, description, usage, args, groups, examples }) {
  const rows = [...args, ...groups.flatMap(({ flags }) => flags)].map(
    ({ term, meaning }) => `| \`${term.replaceAll('|', '\\|')}\` | ${cell(meaning)} |`,
  );
  const shown = examples.map(({ description: why, command }) => `${why ? `# ${why}\n` : ''}${command}`).join('\n\n');
  return [
    `## ${name}`,
    summary,
    `\`\`\`\n${usage}\n\`\`\``,
    description.replaceAll(/^ {2,}/gm, '    '),
    rows.length > 0 ? `| | |\n|---|---|\n${rows.join('\n')}` : '',
    shown ? `\`\`\`sh\n${shown}\n\`\`\`` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** The README with its table of commands. */
export function withCommandTable(readme, commands) {
  const rows = commands.map(
    ({ name, topic, summary }) => `| [\`${name}\`](${fileOf(topic)}#${anchor(name)}) | ${cell(summary)} |`,
  );
  const table = ['<!-- commands -->', '| | |', '|---|---|', ...rows, '<!-- commandsstop -->'].join('\n');
  return readme.replace(/<!-- commands -->[\s\S]*<!-- commandsstop -->/, () => table);
}
