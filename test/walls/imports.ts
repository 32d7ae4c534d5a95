import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import type { SourceFile } from './tree.ts';

export interface Import {
  readonly from: string;
  /** As it is written. */
  readonly specifier: string;
  /** Path in the repository; undefined for packages and Node's own modules. */
  readonly to: string | undefined;
}

/**
 * Everything a file imports, exports from elsewhere, names as a type or loads later by a literal name.
 * @throws Error when the file cannot be parsed
 */
export function importsOf(file: SourceFile): Import[] {
  const { module, program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path} cannot be parsed: ${errors[0]?.message}`);
  const written = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.slice(0, 1).flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
    ),
  ];
  const later = module.dynamicImports
    .map(({ moduleRequest }) => /^(['"])(.*)\1$/.exec(file.text.slice(moduleRequest.start, moduleRequest.end))?.[2])
    .filter((specifier) => specifier !== undefined);
  const types: string[] = [];
  new Visitor({ TSImportType: ({ source }) => void types.push(source.value) }).visit(program);
  return [...types, ...written, ...later].map((specifier) => ({
    from: file.path,
    specifier,
    to: resolve(file.path, specifier),
  }));
}

/** The same names as `imports` in package.json. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
  if (specifier === '#kernel') return 'kernel/index.ts';
  if (specifier === '#engine') return 'engine/index.ts';
  if (specifier.startsWith('#modules/')) return `modules/${specifier.slice('#modules/'.length)}/index.ts`;
  if (specifier.startsWith('#time/')) return `time/${specifier.slice('#time/'.length)}`;
  return undefined;
}
