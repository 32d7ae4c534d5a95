export interface Span {
  readonly text: string;
  /** Class of a token; empty for plain text. */
  readonly look: string;
}

const ESCAPE = '\u001B';
// Colour sequences are read; every other control sequence (cursor moves, titles) is dropped.
const SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[([0-9;:?]*)[ -/]*([@-~])|\\][^\\u0007${ESCAPE}]*(?:\\u0007|${ESCAPE}\\\\)|[@-Z\\\\-_])`,
  'g',
);

const COLOURS: Readonly<Record<number, string>> = {
  30: 'text-ink-3',
  31: 'text-failed',
  32: 'text-success',
  33: 'text-missed',
  34: 'text-(--log-blue)',
  35: 'text-(--log-violet)',
  36: 'text-(--log-cyan)',
  37: 'text-ink-2',
};

/** One line of output as spans with our own colours. A bare carriage return starts the line again, as a terminal does. */
export function spansOf(line: string): readonly Span[] {
  const shown = line.endsWith('\r') ? line.slice(0, -1) : line;
  const text = shown.slice(shown.lastIndexOf('\r') + 1);
  const spans: Span[] = [];
  let look = { colour: '', bold: false, dim: false };
  let from = 0;
  const push = (to: number): void => {
    if (to > from) spans.push({ text: text.slice(from, to), look: wordsOf(look) });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') look = turned(look, (match[1] ?? '').split(/[;:]/).map(Number));
  }
  push(text.length);
  return spans;
}

/** The text without any control sequence, for copying and searching. */
export function plainOf(text: string): string {
  return text.replaceAll(SEQUENCE, '');
}

interface Look {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

function turned(look: Look, codes: readonly number[]): Look {
  let { colour, bold, dim } = look;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) [colour, bold, dim] = ['', false, false];
    else if (code === 1) bold = true;
    else if (code === 2) dim = true;
    else if (code === 22) [bold, dim] = [false, false];
    else if (code === 39) colour = '';
    // 256 and true colours have no token: their arguments are skipped.
    else if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
    else colour = COLOURS[code >= 90 && code <= 97 ? code - 60 : code] ?? colour;
  }
  return { colour, bold, dim };
}

function wordsOf(look: Look): string {
  return [look.colour || (look.dim ? 'text-ink-3' : ''), look.bold ? 'font-semibold' : ''].filter(Boolean).join(' ');
}
