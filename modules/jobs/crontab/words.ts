// Shell text cut into words, well enough to read what a command is about. It is never carried out from these.

export interface SimpleCommand {
  readonly words: readonly string[];
}

/** The commands of a shell text in order, without redirections and comments. */
export function simpleCommands(text: string): SimpleCommand[] {
  const commands: string[][] = [[]];
  let skip = false;
  for (const token of tokens(text)) {
    if (token.kind === 'comment') break;
    if (token.kind === 'operator' && /[<>]/.test(token.text)) skip = true;
    else if (token.kind === 'operator') commands.push([]);
    else if (skip) skip = false;
    else commands.at(-1)?.push(token.text);
  }
  return commands.filter((words) => words.length > 0).map((words) => ({ words }));
}

/** What a person wrote behind the command, as in `backup.sh # the big one`. */
export function trailingComment(text: string): string | undefined {
  const comment = tokens(text).find((token) => token.kind === 'comment');
  const about = comment?.text.replace(/^#+\s*/, '').trim();
  return about === '' ? undefined : about;
}

interface Token {
  readonly kind: 'word' | 'operator' | 'comment';
  readonly text: string;
}

const patterns: readonly [Token['kind'], RegExp][] = [
  ['comment', /#.*/sy],
  ['operator', /\d*(?:>>|>&|<&|>\||<<<|<<|>|<)&?|&>>?|&&|\|\||[;|&(){}\n]/y],
  ['word', /(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|\$\([^)]*\)|\$\{[^}]*\}|`[^`]*`|[^\s;|&()<>"'\\]|["'\\])+/sy],
];

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = /\s/.test(text[at] ?? '') && text[at] !== '\n' ? undefined : tokenAt(text, at);
    if (token !== undefined)
      found.push({ kind: token.kind, text: token.kind === 'word' ? unquoted(token.text) : token.text });
    at += token?.text.length ?? 1;
  }
  return found;
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null && match[0] !== '') return { kind, text: match[0] };
  }
  return undefined;
}

function unquoted(word: string): string {
  return word.replaceAll(
    /"((?:\\.|[^"\\])*)"|'([^']*)'/gs,
    (_, double?: string, single?: string) => double ?? single ?? '',
  );
}
