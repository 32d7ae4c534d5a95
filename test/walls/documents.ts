import path from 'node:path';
import type { Complaints, SourceFile, Tree } from './tree.ts';

const HEADINGS = ['Owns', 'Does not own', 'Words', 'Events and points', 'Gotchas'];
const MOST_LINES = 60;

/** Each module has a README of the five headings, short enough to be read. */
export function poorReadmes(tree: Tree): Complaints {
  const modules = tree.filter((file) => /^modules\/[^/]+\/manifest\.ts$/.test(file.path));
  return modules
    .map((file) => path.posix.dirname(file.path))
    .flatMap((folder) => {
      const readme = tree.find((file) => file.path === `${folder}/README.md`);
      if (readme === undefined) return [`${folder} has no README.md.`];
      const lines = readme.text.trimEnd().split('\n');
      const headings = new Set(lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3).trim()));
      const missing = HEADINGS.filter((heading) => !headings.has(heading));
      const tooLong =
        lines.length > MOST_LINES ? [`${readme.path} has ${lines.length} lines, ${MOST_LINES} are allowed.`] : [];
      return [...missing.map((heading) => `${readme.path} lacks the heading "${heading}".`), ...tooLong];
    });
}

const SECTIONS = ['Context', 'Decision', 'Consequences', 'Rejected'];

/** A decision is kept by tests: they exist, and they say which decision they keep. */
export function unverifiedDecisions(tree: Tree): Complaints {
  const decisions = tree.filter((file) => /^docs\/adr\/\d{4}-[a-z0-9-]+\.md$/.test(file.path));
  return decisions.flatMap((decision) => {
    const lines = decision.text.trimEnd().split('\n');
    const absent = SECTIONS.filter((section) => !lines.includes(`## ${section}`));
    const tests =
      /^Verified by: (.+)$/
        .exec(lines.at(-1) ?? '')?.[1]
        ?.replaceAll('`', '')
        .split(/,\s*/) ?? [];
    const unnamed = tests.length === 0 ? [`${decision.path} does not end with "Verified by: path of a test".`] : [];
    return [
      ...absent.map((section) => `${decision.path} lacks the section "${section}".`),
      ...unnamed,
      ...tests.flatMap((file) => unfaithful(file, decision, tree)),
    ];
  });
}

function unfaithful(file: string, decision: SourceFile, tree: Tree): string[] {
  const number = `ADR ${path.posix.basename(decision.path).slice(0, 4)}`;
  const test = tree.find((candidate) => candidate.path === file);
  if (test === undefined) return [`${decision.path} is verified by ${file}, which is not there.`];
  return test.text.includes(number) ? [] : [`${file} does not mention ${number}, which it verifies.`];
}

/** Links and pictures that lead nowhere, also to a heading that is not there. */
export function brokenLinks(tree: Tree): Complaints {
  const known = new Map(tree.map((file) => [file.path, file]));
  const folders = new Set(tree.flatMap((file) => foldersAbove(file.path)));
  return markdown(tree).flatMap((file) =>
    linksIn(file).flatMap((link) => {
      const [target = '', heading] = link.split('#');
      const to =
        target === '' ? file.path : path.posix.normalize(path.posix.join(path.posix.dirname(file.path), target));
      const found = known.get(to);
      if (found === undefined && !folders.has(to.replace(/\/$/, '')))
        return [`${file.path} links to ${link}, which is not there.`];
      if (heading === undefined || found === undefined || headingsOf(found).includes(heading)) return [];
      return [`${file.path} links to ${link}, but there is no such heading.`];
    }),
  );
}

/** Paths named in passing, in the way `kernel/clock.ts` is here, of files that are not there. */
export function brokenPaths(tree: Tree): Complaints {
  const known = new Set(tree.map((file) => file.path));
  const named =
    /`((?:time|kernel|engine|modules|web|cli|scripts|bench|test|docs)\/[\w./-]+\.(?:ts|tsx|mjs|md|json|sql|css))`/g;
  return markdown(tree).flatMap((file) =>
    [...withoutFences(file.text).matchAll(named)]
      .map((found) => found[1] ?? '')
      .filter((name) => !known.has(name))
      .map((name) => `${file.path} names ${name}, which is not there.`),
  );
}

function markdown(tree: Tree): SourceFile[] {
  return tree.filter((file) => file.path.endsWith('.md') && file.path !== 'CHANGELOG.md');
}

function linksIn(file: SourceFile): string[] {
  const text = withoutFences(file.text);
  const written = [
    ...text.matchAll(/\]\(([^()\s]+)\)/g),
    ...text.matchAll(/<(?:img|source)[^>]*\ssrc(?:set)?="([^"]+)"/g),
  ];
  return written.map((found) => found[1] ?? '').filter((link) => !/^[a-z]+:/.test(link));
}

/** The way GitHub makes anchors of headings. */
function headingsOf(file: SourceFile): string[] {
  const headings = withoutFences(file.text).matchAll(/^#+ (.+)$/gm);
  return [...headings].map((found) =>
    (found[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

function foldersAbove(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
