import {
  anything,
  array,
  type Arbitrary,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { z } from 'zod';

/** The part of JSON Schema that our shapes come out as. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly format?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', cycles: 'ref', reused: 'inline' }) as JsonSchema;
}

/** The alternatives of a union, or the one shape itself. */
export function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

/** One value that has the shape; what only the server knows (zones, ids that exist) may still not fit. */
export function sampleOf(schema: JsonSchema): unknown {
  const [one = schema] = alternativesOf(schema);
  if (one.const !== undefined) return one.const;
  if (one.enum !== undefined) return one.enum[0];
  switch (one.type ?? 'nothing') {
    case 'object':
      return Object.fromEntries((one.required ?? []).map((name) => [name, sampleOf(one.properties?.[name] ?? {})]));
    case 'array':
      return [sampleOf(one.items ?? {})];
    case 'integer':
    case 'number':
      return one.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'nothing':
      return 'something';
    default:
      return textOf(one);
  }
}

/** Values near the shape: most fit it, some are a little wrong everywhere. */
export function nearly(schema: JsonSchema, depth = 0): Arbitrary<unknown> {
  const wild = anything({ maxDepth: 2, withNullPrototype: false });
  if (depth > 4) return wild;
  return oneof({ weight: 12, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: wild });
}

function fitting(schema: JsonSchema, depth: number): Arbitrary<unknown> {
  const among = alternativesOf(schema);
  if (among.length > 1) return oneof(...among.map((one) => nearly(one, depth + 1)));
  const one = among[0] ?? schema;
  if (one.const !== undefined) return constant(one.const);
  if (one.enum !== undefined) return constantFrom(...one.enum);
  switch (one.type ?? 'nothing') {
    case 'object': {
      const properties = Object.entries(one.properties ?? {}).map(([name, inner]) => [name, nearly(inner, depth + 1)]);
      if (properties.length === 0) return dictionary(string(), string());
      return record(Object.fromEntries(properties) as Record<string, Arbitrary<unknown>>, {
        requiredKeys: [...(one.required ?? [])],
      });
    }
    case 'array':
      return array(nearly(one.items ?? {}, depth + 1), { maxLength: 5 });
    case 'integer':
      return oneof(integer({ min: -1, max: 100 }), integer());
    case 'number':
      return double();
    case 'boolean':
      return boolean();
    case 'string':
      return oneof(constant(textOf(one)), constantFrom(...TEXTS), string({ unit: 'binary', maxLength: 30 }));
    default:
      return constant(null);
  }
}

/** Texts that have broken something somewhere. */
const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00',
  "'; drop table kernel.team; --",
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '\u202e',
  '𝒳',
  'ﷺ',
  'a'.repeat(5000),
  '* * * * *',
  '@reboot',
  '0 0 31 2 *',
  'UTC',
  'Europe/Madrid',
  'Factory',
  '2026-11-20T12:00:00Z',
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  'P1D',
  'PT0S',
  'P999999Y',
];

function textOf({ format, minLength = 1 }: JsonSchema): string {
  if (format === 'uuid') return '01a1f8d3-ea00-7bdf-b427-5e1572c0488a';
  if (format === 'email') return 'somebody@example.org';
  if (format === 'date-time') return '2026-11-20T12:00:00.000Z';
  if (format === 'uri') return 'https://example.org/';
  return 'x'.repeat(Math.max(minLength, 1));
}

/** Values that no alternative of a shape takes. */
export function wrongFor(schema: JsonSchema): unknown[] {
  const kinds = new Set(
    alternativesOf(schema).map(({ type, const: only, enum: among }) => type ?? typeof (only ?? among?.[0])),
  );
  // What has no type takes anything.
  if (kinds.has('undefined')) return [];
  const wrong: unknown[] = [];
  if (!kinds.has('object')) wrong.push({ no: 'object' });
  if (!kinds.has('array')) wrong.push([[]]);
  if (!kinds.has('boolean')) wrong.push(true);
  if (!kinds.has('number') && !kinds.has('integer')) wrong.push(17);
  if (!kinds.has('null')) wrong.push(null);
  return kinds.has('string') ? [...wrong, 'a\u0000b', '\ud800'] : [...wrong, 'text'];
}
