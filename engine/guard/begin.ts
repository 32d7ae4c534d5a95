// Brings the command of a run to life, held at a gate until its identity is on disk.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { UserSwitch } from './as-user.ts';
import type { CommandSpec } from './command-spec.ts';
import { findObstacle } from './find-program.ts';
import { gateShell } from './gate.ts';

/** A command that stands at the gate: it has a pid, leads its own session and group, and has done nothing yet. */
export interface Waiting {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Standard output and standard error in true order. */
  readonly output: Socket;
  readonly outputFd: number;
  /** Opens the gate. */
  go(): void;
  /** Why it could not become the command, known when it has exited. */
  readonly obstacle: Promise<string | undefined>;
}

/** A reason for a person why the command cannot begin. */
export class CannotBegin extends Error {}

/**
 * Throws CannotBegin when something is in the way: no such folder, program or right.
 * @param onOutput gets the output as it comes; the bytes are good only during the call
 */
export async function begin(spec: CommandSpec, onOutput: (bytes: Uint8Array) => void): Promise<Waiting> {
  const switchTo = userToBecome(spec);
  if (switchTo === undefined) {
    const obstacle = findObstacle(spec.argv[0] ?? '', spec.cwd, spec.env['PATH']);
    if (obstacle !== undefined) throw new CannotBegin(obstacle);
  }
  const pipe = openPipe(path.join(spec.spool, 'pipe'));
  const input = openInput(path.join(spec.spool, 'input'), spec.stdin);
  process.umask(0o022); // what cron gives; the server's own may be stricter
  const child = switchTo === undefined ? spawnAtGate(spec, input, pipe.writer) : spawnSwitch(input, pipe.writer);
  fs.closeSync(pipe.writer);
  if (input !== 'ignore') fs.closeSync(input);
  if (child.pid === undefined) throw new CannotBegin(`The command could not be started: ${await failureOf(child)}.`);
  const gate = child.stdio[3] as Writable;
  gate.on('error', () => {}); // it died at the gate: its exit tells
  return {
    pid: child.pid,
    child,
    output: readerOf(pipe.reader, onOutput),
    outputFd: pipe.reader,
    go: () => void gate.end(switchTo === undefined ? '\n' : JSON.stringify(switchTo)),
    obstacle: textOf(child.stdio[4] as Readable | undefined),
  };
}

function userToBecome(spec: CommandSpec): UserSwitch | undefined {
  const own = process.getuid?.();
  if (spec.uid === undefined || spec.uid === own) return undefined;
  const who = spec.user ?? `with uid ${spec.uid}`;
  if (own !== 0) throw new CannotBegin(`This server may not run commands as user ${who}: it does not run as root.`);
  const { uid, gid = spec.uid, user, cwd, argv, env } = spec;
  return { uid, gid, ...(user === undefined ? {} : { user }), cwd, argv, env };
}

function spawnAtGate(spec: CommandSpec, input: number | 'ignore', output: number): ChildProcess {
  const args = ['-c', gateShell(spec.env), ...spec.argv];
  return spawn('/bin/sh', args, {
    cwd: spec.cwd,
    env: { ...spec.env },
    detached: true,
    stdio: [input, output, output, 'pipe'],
  });
}

function spawnSwitch(input: number | 'ignore', output: number): ChildProcess {
  const args = [path.join(import.meta.dirname, 'as-user.ts')];
  const cache = process.env['NODE_COMPILE_CACHE'];
  const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
  return spawn(process.execPath, args, {
    cwd: '/',
    env,
    detached: true,
    stdio: [input, output, output, 'pipe', 'pipe'],
  });
}

/**
 * A real pipe: Node's own are sockets, on which `echo … > /dev/stderr` fails. Made as a named one, since Node offers no
 * other way, and open to every user, since opening /dev/stderr anew is checked against the pipe's own rights.
 */
function openPipe(name: string): { reader: number; writer: number } {
  const made = spawnSync('mkfifo', ['-m', '666', name], { encoding: 'utf8' });
  if (made.status !== 0)
    throw new CannotBegin(`No pipe could be made for the output: ${made.error?.message ?? made.stderr.trim()}.`);
  const reader = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const writer = fs.openSync(name, fs.constants.O_WRONLY);
  fs.unlinkSync(name);
  return { reader, writer };
}

/** One buffer for everything: with a new one per chunk, much output would pass through much memory. */
function readerOf(fd: number, onOutput: (bytes: Uint8Array) => void): Socket {
  const callback = (length: number, buffer: Uint8Array): boolean => {
    onOutput(buffer.subarray(0, length));
    return true;
  };
  const options = { fd, readable: true, writable: false, onread: { buffer: new Uint8Array(65_536), callback } };
  return new Socket(options).resume();
}

/** A nameless file: unlike a pipe it can be read anew as /dev/stdin and never blocks the guard. */
function openInput(name: string, text: string | undefined): number | 'ignore' {
  if (text === undefined || text === '') return 'ignore';
  fs.writeFileSync(name, text, { mode: 0o600 });
  fs.chmodSync(name, 0o644);
  const fd = fs.openSync(name, 'r');
  fs.unlinkSync(name);
  return fd;
}

async function failureOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => child.once('error', (error) => resolve(error.message)));
}

async function textOf(stream: Readable | undefined): Promise<string | undefined> {
  if (stream === undefined) return undefined;
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text === '' ? undefined : text;
}
