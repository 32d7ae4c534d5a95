import { z } from 'zod';

/** What a job does, as it is stored, sent and copied into each of its runs. */

const text = (most: number): z.ZodString => z.string().max(most, `is longer than ${most} characters`);
// A NUL ends a string for the operating system: what is behind it would silently be lost.
const clean = (most: number): z.ZodString => text(most).regex(/^[^\0]*$/, 'must not contain a NUL character');

/** Names of variables that speak of the run; only Almanac sets them. */
const GIVEN = /^ALMANAC_RUN_/;
/** Headers that frame the message: a second opinion about them would let one request look like two. */
const FRAMING = /^(content-length|transfer-encoding|connection|upgrade|expect|te|trailer)$/i;

const variable = z
  .string()
  .regex(/^[A-Za-z_]\w{0,127}$/, 'is not a variable name: letters, digits and _ only, not beginning with a digit')
  .refine((name) => !GIVEN.test(name), { error: 'is set by Almanac itself; choose another name' });

export const commandShape = z
  .strictObject({
    /** Given to the shell as it is. Exactly one of `script` and `argv`. */
    script: clean(64 * 1024)
      .min(1, 'must not be empty')
      .optional(),
    /** Program and arguments, without a shell. */
    argv: z.array(clean(8192)).min(1, 'must name a program').max(256).optional(),
    shell: clean(255).regex(/^\//, 'must be an absolute path').optional(),
    cwd: clean(4096).regex(/^\//, 'must be an absolute path').optional(),
    env: z.record(variable, clean(32 * 1024)).optional(),
    stdin: text(256 * 1024).optional(),
    /** The account to run as; absent: the server's own. */
    user: z
      .string()
      .regex(/^[a-z_][\w.-]{0,63}\$?$/i, 'is not a user name')
      .optional(),
  })
  .refine(({ script, argv }) => (script === undefined) !== (argv === undefined), {
    error: 'needs exactly one of script and argv',
    path: ['script'],
  });
export type CommandDefinition = z.output<typeof commandShape>;

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export const httpShape = z.strictObject({
  method: z.enum(METHODS).default('GET'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(4096),
  headers: z
    .record(
      z
        .string()
        .regex(/^[!#$%&'*+\-.^_`|~\w]{1,128}$/, 'is not a header name')
        .refine((name) => !FRAMING.test(name), { error: 'is set by Almanac itself; take it out' }),
      z
        .string()
        .max(8192)
        .regex(/^[^\r\n\0]*$/, 'must not contain line breaks'),
    )
    .optional(),
  body: text(256 * 1024).optional(),
  /** Statuses that count as success, single ones or classes such as `2xx`; absent: 2xx. */
  expect: z
    .array(z.string().regex(/^(?:[1-5]xx|[1-5]\d\d)$/, 'write a status such as 200, or a class such as 2xx'))
    .min(1)
    .max(50)
    .optional(),
});
export type HttpDefinition = z.output<typeof httpShape>;

export const definitionShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: commandShape }),
  z.strictObject({ kind: z.literal('http'), http: httpShape }),
]);
export type Definition = z.output<typeof definitionShape>;

/** The definition in one line, for cards and lists. */
export function summarise(definition: Definition): string {
  if (definition.kind === 'http') return `${definition.http.method} ${definition.http.url}`;
  const { script, argv = [] } = definition.command;
  return (
    script?.trim() ??
    argv.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", String.raw`'\''`)}'`)).join(' ')
  );
}
