import type { Complaints, Tree } from './tree.ts';

const NAME = String.raw`[a-z][a-z0-9]*(-[a-z0-9]+)*`;
const TS = String.raw`${NAME}(\.${NAME})*\.ts`;
const TSX = String.raw`${NAME}(\.${NAME})*\.tsx?`;
const SQL = String.raw`\d{4}_[a-z0-9_]+\.sql`;
const MODULE = '[a-z][a-z_]*';

/** Every kind of place there is: what lies there, and the paths of it. A file that is none of these is red. */
const KINDS: Readonly<Record<string, RegExp>> = {
  'a file at the root': /^[^/]+$/,
  'continuous integration': /^\.ci\/run$/,
  script: new RegExp(`^scripts/(${NAME}/)?${NAME}\\.(mjs|ts)$`),
  'rule of time': new RegExp(`^time/(${NAME}/)?${TS}$`),
  'part of the kernel': new RegExp(`^kernel/(${NAME}/)?${TS}$`),
  'migration of the kernel': new RegExp(`^kernel/db/migrations/${SQL}$`),
  'part of the engine': new RegExp(`^engine/(${NAME}/)?${TS}$`),
  'migration of the engine': new RegExp(`^engine/migrations/${SQL}$`),
  'part of a module': new RegExp(`^modules/${MODULE}/(?!ui/)(${NAME}/)?${TS}$`),
  'migration of a module': new RegExp(`^modules/${MODULE}/migrations/${SQL}$`),
  'page of a module': new RegExp(`^modules/${MODULE}/ui/(${NAME}/)?${TSX}$`),
  'style of a module': new RegExp(`^modules/${MODULE}/ui/${NAME}\\.css$`),
  'front page': /^web\/(index\.html|main\.tsx|[a-z-]+\.css|[a-z-]+\.d\.ts)$/,
  'part of the web': new RegExp(`^web/(shell|kit|api)/(${NAME}/)?(${TSX}|${NAME}\\.css)$`),
  'file served as it is': new RegExp(`^web/public/${NAME}\\.(svg|png|ico|js|webmanifest)$`),
  command: new RegExp(`^cli/(${NAME}/)?${TS}$`),
  benchmark: new RegExp(`^bench/(${TS}|\\.gitignore)$`),
  'test of the whole': new RegExp(`^test/(${NAME}/)*${TS}$`),
  'data of a test': new RegExp(`^test/(${NAME}/)+[a-zA-Z0-9._-]+\\.(txt|json|ics|png|crontab)$`),
  readme: new RegExp(`^(time|kernel|engine|cli|bench|test|web|modules/${MODULE})/README\\.md$`),
  document: new RegExp(`^docs/((guide|runbook|adr)/)?[a-z0-9-]+\\.(md|json)$`),
  picture: new RegExp(`^docs/images/${NAME}\\.(png|svg)$`),
};

export function strayFiles(tree: Tree): Complaints {
  const stray = tree.filter(({ path }) => !Object.values(KINDS).some((kind) => kind.test(path)));
  return stray.map(({ path }) => `${path} lies in no known kind of place.`);
}

/** Names that say nothing about what is inside. */
const EMPTY_WORDS = /(^|[-_./])(utils?|helpers?|common|managers?|misc|shared)([-_./]|$)/i;

export function emptyNames(tree: Tree): Complaints {
  return tree
    .filter(({ path }) => EMPTY_WORDS.test(path))
    .map(({ path }) => `${path} is not named for a question it answers.`);
}
