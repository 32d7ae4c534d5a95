import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Problem } from '../problem.ts';

/** Who the server's processes run as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where the embedded server lives. Every path is real: symlinks are resolved. */
export interface HomeLayout {
  readonly home: string;
  /** PostgreSQL's data folder. It need not exist yet. */
  readonly data: string;
  /** Folder of the socket and of its lock file. */
  readonly socket: string;
  readonly log: string;
  /** Set when we are root: PostgreSQL refuses to run as root. */
  readonly user: ServerUser | undefined;
}

/** The user "nobody", who owns nothing. */
const NOBODY: ServerUser = { uid: 65_534, gid: 65_534 };

/** Longest path of a Unix socket in bytes: 108 on Linux and 104 on macOS, the closing zero counted. */
const LONGEST_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;

/**
 * Makes the folders around the data folder and says where everything is.
 * @throws Problem `home_not_usable` when the home cannot be written or entered, or belongs to somebody else.
 */
export function layOutHome(folder: string): HomeLayout {
  const home = makeHome(folder);
  const data = path.join(home, 'data');
  const user = process.getuid?.() === 0 ? userFor(data) : undefined;
  refuseForeignData(data);
  if (user) refuseClosedWay(home, user);
  const socket = socketFolder(home);
  makeSocketFolder(socket, user);
  return { home, data, socket, log: path.join(home, 'postgres.log'), user };
}

/** What says that the data folder holds a database; `missing` also when it is there but empty. */
export function stateOfData(data: string): 'missing' | 'database' | 'something else' {
  const names = namesIn(data);
  if (names.length === 0) return 'missing';
  return names.includes('PG_VERSION') ? 'database' : 'something else';
}

function makeHome(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const home = realpathSync(folder);
    const mode = statSync(home).mode;
    // The unprivileged server must pass through the home; it need not see what lies there.
    if (process.getuid?.() === 0 && (mode & 0o001) === 0) chmodSync(home, (mode & 0o777) | 0o011);
    return home;
  } catch (cause) {
    throw notUsable(`The home folder ${folder} cannot be made: ${reasonOf(cause)}.`, cause);
  }
}

/** Data that an ordinary user made before stays that user's, whoever starts the server today. */
function userFor(data: string): ServerUser {
  try {
    const { uid, gid } = statSync(data);
    return uid === 0 ? NOBODY : { uid, gid };
  } catch {
    return NOBODY;
  }
}

function refuseForeignData(data: string): void {
  try {
    namesIn(data);
  } catch (cause) {
    throw notUsable(`The data folder ${data} cannot be read: ${reasonOf(cause)}. It belongs to another user.`, cause);
  }
}

/** The unprivileged server must be able to walk to its data; root's own folder, for one, lets nobody through. */
function refuseClosedWay(home: string, user: ServerUser): void {
  for (let folder = home; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const enter = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & enter) !== 0) continue;
    const detail = `The folder ${folder} is closed to the unprivileged user (uid ${user.uid}) that PostgreSQL runs as.`;
    const hint = 'Name a folder that everybody may enter with ALMANAC_HOME, such as /var/lib/almanac.';
    throw new Problem(503, 'home_not_usable', detail, { hint });
  }
}

function namesIn(data: string): string[] {
  try {
    return readdirSync(data);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** In the home when its path is short enough, else in a folder of the system's that is named by a hash of the home. */
function socketFolder(home: string): string {
  const name = `almanac-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;
  const candidates = [path.join(home, 's'), path.join(os.tmpdir(), name), path.join('/tmp', name)];
  const short = candidates.find(
    (folder) => Buffer.byteLength(path.join(folder, '.s.PGSQL.5432')) <= LONGEST_SOCKET_PATH,
  );
  return short ?? path.join('/tmp', name);
}

function makeSocketFolder(folder: string, user: ServerUser | undefined): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (user) chownSync(folder, user.uid, user.gid);
    return;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw notUsable(`The socket folder ${folder} cannot be made: ${reasonOf(error)}.`, error);
  }
  // Whoever owns this folder could answer in the server's place, and in the temporary folder anybody could have made it.
  const found = lstatSync(folder);
  const owners = user ? [0, user.uid] : [process.getuid?.()];
  if (!found.isDirectory() || !owners.includes(found.uid)) {
    throw notUsable(`The socket folder ${folder} exists and belongs to another user.`);
  }
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
}

function notUsable(detail: string, cause?: unknown): Problem {
  return new Problem(503, 'home_not_usable', detail, { hint: 'Name another folder with ALMANAC_HOME.', cause });
}

/** The system's word for what went wrong, such as EACCES. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+ '.*$/, '') : String(error);
}
