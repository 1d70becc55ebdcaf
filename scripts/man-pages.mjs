// Writes man/*.1, which are packed and not committed, in the man(7) macros, from oclif.manifest.json.
// https://man7.org/linux/man-pages/man7/groff_man.7.html
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ENVIRONMENT } from '../src/cli/base/environment.ts';
import { EXIT_CODES } from '../src/cli/base/exit-codes.ts';
import { readCommands } from './manifest.mjs';

/** Text safe in roff: no macro at the start of a line, hyphens that can be copied. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\&...')
    .replaceAll(/[–—]/g, '\\(en')
    .replaceAll(/^(['.])/gm, '\\&$1');
}

const paragraphs = (text) =>
  text
    .split(/\n{2,}/)
    .map((part) => (/^ {2}|\n {2}/.test(part) || /\n/.test(part) ? `.nf\n${roff(part)}\n.fi` : roff(part)))
    .join('\n.PP\n');
const listed = (rows) => rows.map(({ term, meaning }) => `.TP\n.B ${roff(term)}\n${roff(meaning)}`).join('\n');
const pageName = (name) => name.replaceAll(' ', '-');
const fileOf = (name) => `man/${pageName(name)}.1`;

function manPages(commands, { version, description, topics, exitCodes, environment }) {
  const head = (name) => `.TH "${pageName(name).toUpperCase()}" "1" "" "tomo ${version}" "User Commands"`;
  const overview = [
    head('tomo'),
    `.SH NAME\ntomo \\- ${roff(description)}`,
    '.SH SYNOPSIS\n.B tomo\n[COMMAND] [OPTION...]',
    `.SH DESCRIPTION\nWithout a command: how things stand, and what to type next. Each command has a page of its own, as\n.BR tomo\\-session\\-list (1).`,
    ...groupByTopic(commands, topics).map(
      ([title, own]) =>
        `.SS ${roff(title)}\n${listed(own.map(({ name, summary }) => ({ term: name, meaning: summary })))}`,
    ),
    `.SH EXIT STATUS\n${listed(exitCodes)}`,
    `.SH ENVIRONMENT\n${listed(environment)}`,
    '.SH FILES\n.TP\n.I ~/.config/tomo/config.json\nConnection, contexts and secrets; mode 0600.\n.TP\n.I ~/.local/share/tomo/db\nThe embedded database, where no server is configured.',
  ];
  const pages = commands.map((command) => [fileOf(command.name), `${page(command, head).join('\n')}\n`]);
  return [[fileOf('tomo'), `${overview.join('\n')}\n`], ...pages];
}

function page({ name, summary, description, usage, args, groups, examples }, head) {
  return [
    head(name),
    `.SH NAME\n${roff(pageName(name))} \\- ${roff(summary.replace(/\.$/, ''))}`,
    `.SH SYNOPSIS\n${roff(usage)}`,
    `.SH DESCRIPTION\n${paragraphs(description || summary)}`,
    ...(args.length > 0 ? [`.SH ARGUMENTS\n${listed(args)}`] : []),
    ...groups.map(({ title, flags }) => `.SH ${title ? `${title} OPTIONS` : 'OPTIONS'}\n${listed(flags)}`),
    ...(examples.length > 0
      ? [
          `.SH EXAMPLES\n${examples.map(({ description: why, command }) => `.TP\n${roff(why ?? 'For example')}\n.nf\n${roff(command)}\n.fi`).join('\n')}`,
        ]
      : []),
    '.SH SEE ALSO\n.BR tomo (1)',
  ];
}

function groupByTopic(commands, topics) {
  const names = [...new Set(commands.map(({ topic }) => topic))];
  return names.map((topic) => [
    topic ? `${topic}: ${topics[topic].description}` : 'tomo',
    commands.filter((command) => command.topic === topic),
  ]);
}

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { version, description, oclif } = json('package.json');
rmSync('man', { recursive: true, force: true });
mkdirSync('man');
const pages = manPages(readCommands(json('oclif.manifest.json'), oclif.topics), {
  version,
  description,
  topics: oclif.topics,
  exitCodes: Object.entries(EXIT_CODES).map(([term, meaning]) => ({ term, meaning })),
  environment: Object.entries(ENVIRONMENT).map(([term, meaning]) => ({ term, meaning })),
});
for (const [file, text] of pages) writeFileSync(file, text);
