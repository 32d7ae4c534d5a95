import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A file of the repository, or of a made-up one. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export type Tree = readonly SourceFile[];

/** What a wall has against a tree, one sentence each; none when it holds. */
export type Complaints = readonly string[];

const TEXT = /\.(ts|tsx|mjs|css|html|sql|md|json|yaml|svg)$|(^|\/)(LICENSE|Dockerfile|run)$/;

/** Every file that git keeps or would keep; the text of pictures and other binaries is left empty. */
export function readTree(root: string): SourceFile[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  const files = [...new Set(names)].filter((name) => name !== '' && existsSync(path.join(root, name)));
  return files.map((name) => ({
    path: name,
    text: TEXT.test(name) ? readFileSync(path.join(root, name), 'utf8') : '',
  }));
}

/** TypeScript and JavaScript, which can import. */
export function codeOf(tree: Tree): SourceFile[] {
  return tree.filter((file) => /\.(ts|tsx|mjs)$/.test(file.path));
}

export function isTest(file: string): boolean {
  return /\.(test|fixture|spec)\.tsx?$/.test(file);
}
