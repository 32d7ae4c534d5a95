// A short name that a person recognises, read from a command or from what was written about it.
import path from 'node:path';
import { simpleCommands, trailingComment } from './words.ts';

const longest = 60;

/** What one can call this command: its comment, shortened when it is long, else the program and what it works on. */
export function nameOf(command: string, comment?: string): string {
  const written = comment ?? trailingComment(command);
  if (written !== undefined && !written.includes('\n')) return shortened(written.replace(/[:.]$/, ''));
  return shortened(commandName(command) ?? command.trim());
}

/** Numbers names that occur more than once, or are taken already: "backup.sh (2)". Upper and lower case are the same. */
export function makeUnique(names: readonly string[], taken: Iterable<string> = []): string[] {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  return names.map((name) => {
    let unique = name;
    for (let n = 2; used.has(unique.toLowerCase()); n++) unique = `${name} (${n})`;
    used.add(unique.toLowerCase());
    return unique;
  });
}

/** Commands that prepare or report, but are not what the line is for. */
const sideWords = new Set([
  'cd',
  'test',
  '[',
  '[[',
  '.',
  'source',
  'export',
  'set',
  'umask',
  'ulimit',
  'sleep',
  'true',
  ':',
  'echo',
  'printf',
  'date',
  'exit',
  'if',
  'logger',
  'mkdir',
  'pushd',
]);
const shellWords = new Set([
  'then',
  'do',
  'else',
  'while',
  'for',
  'until',
  'time',
  'exec',
  'command',
  'nohup',
  'setsid',
  'chronic',
  'cronic',
  'run-one',
  'builtin',
]);
const interpreters = /^(python[\d.]*|php[\d.]*|ruby[\d.]*|perl[\d.]*|node|deno|bun|bash|sh|dash|zsh|ksh|java)$/;
/** Programs that start another one, with the options of theirs that take a value, and how many words of their own follow. */
const wrappers: ReadonlyMap<string, { readonly valued: RegExp; readonly own: number }> = new Map([
  ['nice', { valued: /^-n$/, own: 0 }],
  ['ionice', { valued: /^-[cnpt]$/, own: 0 }],
  ['chrt', { valued: /^$/, own: 1 }],
  ['taskset', { valued: /^$/, own: 1 }],
  ['timeout', { valued: /^-[ks]$/, own: 1 }],
  ['flock', { valued: /^-[wE]$/, own: 1 }],
  ['sudo', { valued: /^-[ugh]$/, own: 0 }],
  ['env', { valued: /^-[uC]$/, own: 0 }],
  ['systemd-cat', { valued: /^-[tp]$/, own: 0 }],
]);

function commandName(text: string): string | undefined {
  const commands = simpleCommands(text)
    .map(({ words }) => unwrap(words))
    .filter((words) => words.length > 0);
  const main = commands.find((words) => !sideWords.has(words[0] ?? '')) ?? commands[0];
  return main === undefined ? undefined : describe(main);
}

/** Takes assignments, shell words and wrappers away until the program itself comes first. */
function unwrap(given: readonly string[]): readonly string[] {
  let words = given;
  for (;;) {
    const first = words[0] ?? '';
    const wrapper = wrappers.get(path.basename(first));
    if (/^\w+=/.test(first) || shellWords.has(first)) words = words.slice(1);
    else if (wrapper === undefined) return words;
    else words = words.slice(1 + ownWords(words.slice(1), wrapper));
  }
}

function ownWords(
  words: readonly string[],
  { valued, own }: { readonly valued: RegExp; readonly own: number },
): number {
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += valued.test(words[at] ?? '') ? 2 : 1;
  return at + own;
}

function describe(words: readonly string[]): string | undefined {
  const program = path.basename(words[0] ?? '');
  const args = words.slice(1);
  if (interpreters.test(program)) return describeInterpreter(program, args);
  if (program === '-c') return commandName(args[0] ?? ''); // flock's own way to a shell
  if (/^(curl|wget)$/.test(program)) return `${program} ${placeOf(args) ?? ''}`.trim();
  return [program, ...tellingWords(args)].join(' ');
}

function describeInterpreter(program: string, args: readonly string[]): string | undefined {
  const inline = args.findIndex((arg) => /^-\w*c$/.test(arg));
  if (inline !== -1) return commandName(args[inline + 1] ?? '') ?? program;
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  if (at === -1) return program;
  return [path.basename(args[at] ?? ''), ...tellingWords(args.slice(at + 1))].join(' ');
}

/** Host, and the file when it has a telling name: the rest of an address may be a secret. */
function placeOf(args: readonly string[]): string | undefined {
  const address = args.find((arg) => /^https?:\/\//.test(arg)) ?? '';
  if (!URL.canParse(address)) return undefined;
  const { host, pathname } = new URL(address);
  return /\.\w{2,4}$/.test(pathname) ? `${host}/${path.basename(pathname)}` : host;
}

/** Up to three arguments that are no options and not the values of options, which may be passwords. */
function tellingWords(args: readonly string[]): string[] {
  const telling = args.filter((arg, at) => {
    if (/^[-+]/.test(arg) || arg === '' || /[$`*\n]/.test(arg)) return false;
    const before = args[at - 1] ?? '';
    return !before.startsWith('-') || /^-\w{2,}$/.test(before) || arg.startsWith('/');
  });
  return telling
    .slice(0, 3)
    .map((arg) => (arg.includes('/') && !/^https?:/.test(arg) && arg.length > 24 ? path.basename(arg) : arg));
}

function shortened(name: string): string {
  const line = name.replaceAll(/\s+/g, ' ');
  if (line.length <= longest) return line;
  const cut = line.slice(0, longest - 1);
  // Whole words, unless that takes too much away.
  const end = /\s/.test(line[longest - 1] ?? '') ? cut.length : cut.lastIndexOf(' ');
  return `${cut.slice(0, end > longest / 2 ? end : cut.length).replace(/[\s,;:.–-]+$/, '')}…`;
}
