// The % rule: the first unescaped % of a command begins its standard input.

/**
 * Takes a command apart as Debian's cron does: up to the first % it is the command, in which `\%` stands for % and `\\`
 * for \; what follows is standard input, in which % begins a new line, `\%` stands for %, and a last line end is added.
 */
export function splitAtPercent(text: string): { command: string; stdin?: string } {
  let command = '';
  for (let at = 0; at < text.length; at++) {
    const two = text.slice(at, at + 2);
    if (two === '\\%' || two === '\\\\') {
      command += two[1];
      at++;
    } else if (text[at] === '%') {
      return { command, ...stdinOf(text.slice(at + 1)) };
    } else {
      command += text[at];
    }
  }
  return { command };
}

function stdinOf(rest: string): { stdin?: string } {
  const text = rest.replaceAll(/\\%|%/g, (mark) => (mark === '%' ? '\n' : '%'));
  if (text === '') return {};
  return { stdin: text.endsWith('\n') ? text : `${text}\n` };
}
