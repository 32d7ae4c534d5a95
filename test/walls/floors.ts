import { type Import, importsOf } from './imports.ts';
import { needsOf } from './needs.ts';
import { codeOf, type Complaints, isTest, type Tree } from './tree.ts';

/** Where a file stands. `room` is the module, or the folder under web/. */
interface Place {
  readonly floor: 'time' | 'kernel' | 'engine' | 'module' | 'ui' | 'web' | 'cli' | 'tools';
  readonly room: string;
}

interface Question {
  readonly it: Import;
  readonly to: string;
  readonly from: Place;
  readonly target: Place;
  /** The importing file is a test or its fixture. */
  readonly test: boolean;
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

type Floor = Place['floor'];

/**
 * What each floor may import beyond itself: a floor knows nothing of those above it, and enters those below by their
 * front door. Answers why not, or undefined.
 */
const RULES: Readonly<Record<Floor, (question: Question) => string | undefined>> = {
  time: () => 'time stands on nothing',
  kernel: ({ target }) => (target.floor === 'time' ? undefined : 'the kernel stands on time alone'),
  engine: (question) => {
    if (question.target.floor === 'module') return 'the engine knows no module';
    return question.target.floor === 'kernel' || question.target.floor === 'time'
      ? throughIndex(question)
      : aboveIt(question);
  },
  module: (question) => {
    const { target, from, needs } = question;
    if (target.floor === 'time') return undefined;
    if (target.floor === 'kernel') return throughIndex(question);
    if (target.floor !== 'engine' && target.floor !== 'module') return aboveIt(question);
    const needed = target.floor === 'engine' ? 'engine' : target.room;
    const isNeeded = needs.get(from.room)?.includes(needed) === true;
    return isNeeded ? throughIndex(question) : `modules/${from.room} does not need ${needed}`;
  },
  ui: ({ to, target }) => {
    if (target.floor === 'time' || /^web\/(kit|api)\//.test(to)) return undefined;
    return 'pages of a module use web/kit, web/api, time and their own files';
  },
  web: ({ from, target }) => {
    if (target.floor === 'time') return undefined;
    if (target.floor !== 'web') return 'the web knows modules only as the shell finds them';
    const below = WEB_ROOMS.indexOf(target.room) < WEB_ROOMS.indexOf(from.room);
    return below ? undefined : `web/${from.room} is below web/${target.room}`;
  },
  cli: (question) => {
    const { target, to } = question;
    if (target.floor === 'time' || target.floor === 'kernel') return undefined;
    if (target.floor === 'module' && to.endsWith('/cli.ts')) return undefined;
    return target.floor === 'engine' || target.floor === 'module' ? throughIndex(question) : aboveIt(question);
  },
  // Tests of the whole, benchmarks and scripts may look at anything.
  tools: () => undefined,
};

/** Each stands on those before it; the empty name is main.tsx. */
const WEB_ROOMS = ['api', 'kit', 'shell', ''];

/** Imports that go up, or past a front door. */
export function crossings(tree: Tree): Complaints {
  const known = new Set(tree.map((file) => file.path));
  const needs = needsOf(tree);
  return codeOf(tree)
    .flatMap(importsOf)
    .flatMap((it) => {
      if (it.to === undefined) return foreign(it);
      if (!known.has(it.to) && !/^(dist|node_modules)\//.test(it.to))
        return [`${it.from} imports ${it.to}, which is not there.`];
      const [from, target] = [placeOf(it.from), placeOf(it.to)];
      if (from.floor === target.floor && from.room === target.room) return [];
      const test = isTest(it.from);
      const reason = RULES[from.floor]({ it, to: it.to, from, target, needs, test });
      return reason === undefined ? [] : [`${it.from} imports ${it.to}: ${reason}.`];
    });
}

/** Time also runs in the browser, and its answers come from nowhere else: no package, nothing of Node's. */
function foreign({ from, specifier }: Import): string[] {
  return from.startsWith('time/') && !isTest(from) ? [`${from} imports ${specifier}: time stands on nothing.`] : [];
}

function throughIndex({ to, target, test }: Question): string | undefined {
  const door = target.floor === 'module' ? `modules/${target.room}/index.ts` : `${target.floor}/index.ts`;
  // Tests boot what they test: from the harness and the manifests.
  const forTests = to.startsWith('kernel/testing/') || to.endsWith('/manifest.ts');
  if (to === door || target.floor === 'time' || (test && forTests)) return undefined;
  return `enter by ${door}`;
}

function aboveIt({ from, target }: Question): string {
  return `${from.floor} knows nothing of ${target.floor}`;
}

function placeOf(file: string): Place {
  const [first = '', second = '', third = ''] = file.split('/');
  if (first === 'time' || first === 'kernel' || first === 'engine' || first === 'cli')
    return { floor: first, room: '' };
  if (first === 'modules') return { floor: third === 'ui' ? 'ui' : 'module', room: second };
  if (first === 'web') return { floor: 'web', room: file.split('/').length > 2 ? second : '' };
  return { floor: 'tools', room: '' };
}
