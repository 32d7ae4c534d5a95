// Accounts of this machine: whom a command runs as.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A sentence for a person: no such account, or no right to become it. */
export class AccountError extends Error {}

/** As whom the embedded database runs when the server is root; whoever has this uid may write its files. */
const DATABASE_UID = 65_534;

/**
 * The account with this name, or the server's own.
 * @throws AccountError when the machine has none of that name, or this server may not run commands as it
 */
export function accountOf(name: string | undefined): Account {
  const own = ownAccount();
  if (name === undefined || name === own.name) return own;
  const account = findAccount(name);
  if (account === undefined)
    throw new AccountError(`This machine has no account ${name}: create it, or let the job run as another user.`);
  if (own.uid !== 0 && own.uid !== account.uid) {
    throw new AccountError(
      `The server runs as ${own.name} and may not run commands as ${name}: only a server that runs as root may.`,
    );
  }
  if (own.uid === 0 && account.uid === DATABASE_UID) {
    throw new AccountError(
      `The database runs as ${name}, so a command that ran as it could change everything: choose another account.`,
    );
  }
  return account;
}

/** Whether this machine has such an account. */
export function accountExists(name: string): boolean {
  return findAccount(name) !== undefined;
}

/** The account with this name in a text of the form of /etc/passwd. */
export function readAccount(passwd: string, name: string): Account | undefined {
  for (const line of passwd.split('\n')) {
    const [found, , uid, gid, , home = '', shell = ''] = line.split(':');
    if (found === name)
      return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
  }
  return undefined;
}

function findAccount(name: string): Account | undefined {
  if (!/^[A-Za-z_][\w.-]*\$?$/.test(name)) return undefined;
  return readAccount(fs.readFileSync('/etc/passwd', 'utf8'), name) ?? readAccount(askDirectory(name), name);
}

/** Accounts of a directory service (LDAP, macOS) are not in the file. */
function askDirectory(name: string): string {
  try {
    return execFileSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** The server may run as a number without a name, as in a container. */
function ownAccount(): Account {
  try {
    const { username, uid, gid, homedir, shell } = os.userInfo();
    return { name: username, uid, gid, home: homedir, shell: shell ?? '/bin/sh' };
  } catch {
    const uid = process.getuid?.() ?? 0;
    return { name: String(uid), uid, gid: process.getgid?.() ?? 0, home: '/', shell: '/bin/sh' };
  }
}
