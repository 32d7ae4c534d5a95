import * as fs from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputSize, readExitRecord, readOutput, writeExitRecord } from './exit-record.ts';
import { launchGuarded } from './launch.ts';
import { openOutputSpool } from './output-spool.ts';
import { eventually, makeSpec, makeSpoolRoot } from './run.fixture.ts';
import { readChildRecord, spoolFile, spoolLimit } from './spool.ts';

function makeSpool(chunks: readonly Uint8Array[]): string {
  const spool = path.join(makeSpoolRoot(), 'r');
  fs.mkdirSync(spool);
  const output = openOutputSpool(spool);
  for (const chunk of chunks) output.write(chunk);
  output.close();
  return spool;
}

function finish(spool: string): void {
  const nothing = {
    runId: 'r',
    startedAt: 0,
    finishedAt: 1,
    exitCode: 0,
    signal: null,
    endedBy: 'itself',
    outputBytes: 0,
    droppedBytes: 0,
  } as const;
  writeExitRecord(spool, nothing);
}

function readAll(spool: string, most: number): { text: string; dropped: number; next: number } {
  let all = { text: '', dropped: 0, next: 0 };
  for (;;) {
    const piece = readOutput(spool, all.next, most);
    if (piece.next === all.next) return all;
    all = { text: all.text + piece.text, dropped: all.dropped + piece.dropped, next: piece.next };
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('50 MB of output keep the beginning and the end, and the guard stays small', async () => {
  const spec = makeSpec(
    'echo first; yes "a line of output that says very little" | head -c 50000000; echo; echo last; while [ ! -e "$GO" ]; do sleep 0.02; done',
  );
  const go = path.join(spec.spool, 'go');
  const command = await launchGuarded({ ...spec, env: { ...spec.env, GO: go } });
  const guardPid = await eventually('a child record', () => readChildRecord(spec.spool)?.guardPid);
  await eventually('the last line', () => readOutput(spec.spool, 50_000_000, 100).text.endsWith('last\n'));
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${guardPid}/status`, 'utf8'))?.[1]);
  fs.writeFileSync(go, '');
  expect(await command.exited).toMatchObject({ exitCode: 0, outputBytes: 50_000_012, droppedBytes: 48_000_012 });
  expect(fs.statSync(path.join(spec.spool, spoolFile.output)).size).toBe(spoolLimit);
  expect(fs.statSync(path.join(spec.spool, spoolFile.tail)).size).toBeLessThan(spoolLimit + 32);
  const head = readOutput(spec.spool, 0, 2 * spoolLimit);
  const tail = readOutput(spec.spool, head.next, 2 * spoolLimit);
  expect(head.text.startsWith('first\na line')).toBe(true);
  expect(tail.text.endsWith('\nlast\n')).toBe(true);
  expect(tail.dropped).toBe(48_000_012);
  expect(tail.next).toBe(50_000_012);
  expect(peakKb).toBeGreaterThan(20_000);
  expect(peakKb).toBeLessThan(90_000);
});

test('the tail can be read while the command still prints', async () => {
  const spec = makeSpec(
    'yes 0123456789 | head -c 3000000; echo marker; while [ ! -e "$GO" ]; do sleep 0.02; done; echo end',
  );
  const go = path.join(spec.spool, 'go');
  const command = await launchGuarded({ ...spec, env: { ...spec.env, GO: go } });
  await eventually('the marker', () => readOutput(spec.spool, spoolLimit, 2 * spoolLimit).text.endsWith('marker\n'));
  expect(readExitRecord(spec.spool)).toBeUndefined();
  fs.writeFileSync(go, '');
  await command.exited;
  expect(readOutput(spec.spool, 3_000_007, 100).text).toBe('end\n');
});

test('a character is never cut in two, wherever the reader stops', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      fc.integer({ min: 4, max: 9 }),
      (text, most) => {
        const plain = text.replaceAll('\0', '␀');
        const spool = makeSpool([bytes(text)]);
        finish(spool);
        expect(readAll(spool, most)).toEqual({ text: plain, dropped: 0, next: bytes(text).length });
      },
    ),
    { numRuns: 60 },
  );
});

test('a character that is still being written waits for its rest', () => {
  const euro = bytes('€');
  const spool = makeSpool([bytes('5 '), euro.subarray(0, 2)]);
  expect(readOutput(spool, 0, 100)).toEqual({ text: '5 ', next: 2, dropped: 0 });
  fs.appendFileSync(path.join(spool, spoolFile.output), euro.subarray(2));
  expect(readOutput(spool, 2, 100)).toEqual({ text: '€', next: 5, dropped: 0 });
});

test('at the very end half a character is shown as one that cannot be read', () => {
  const spool = makeSpool([bytes('5 '), bytes('€').subarray(0, 2)]);
  finish(spool);
  expect(readOutput(spool, 0, 100)).toEqual({ text: '5 \uFFFD', next: 4, dropped: 0 });
});

test('characters cut by the edges of the kept parts are dropped with the middle', () => {
  // The head ends two bytes into a €, the tail begins one byte into another.
  const total = 3 * spoolLimit + 1;
  const text = bytes('€'.repeat(total / 3 + 1)).subarray(0, total - (total % 3) + 3);
  const spool = makeSpool([bytes('xx'), text]);
  finish(spool);
  const head = readOutput(spool, 0, spoolLimit * 4);
  const tail = readOutput(spool, head.next, spoolLimit * 4);
  expect(head.text.slice(-2)).toBe('€€');
  expect(head.text + tail.text).not.toContain('\uFFFD');
  expect(tail.text.slice(0, 2)).toBe('€€');
  expect(bytes(head.text).length + head.dropped + tail.dropped + bytes(tail.text).length).toBe(text.length + 2);
  expect(tail.next).toBe(text.length + 2);
});

test('output just over the beginning is whole: nothing is dropped where both parts meet', () => {
  const text = 'é'.repeat(spoolLimit / 2 - 1) + 'x' + 'ü'.repeat(1000);
  const spool = makeSpool([bytes(text)]);
  finish(spool);
  expect(outputSize(spool)).toEqual({ outputBytes: bytes(text).length, droppedBytes: 0 });
  expect(readAll(spool, 70_001)).toEqual({ text, dropped: 0, next: bytes(text).length });
});

test('the ring holds the last bytes for any sizes of chunks', () => {
  const chunk = fc.integer({ min: 0, max: 400_000 });
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 5, maxLength: 14 }), (sizes) => {
      let n = 0;
      const chunks = sizes.map((size) => Uint8Array.from({ length: size }, () => 97 + (n++ % 23)));
      const whole = Buffer.concat(chunks);
      const spool = makeSpool(chunks);
      finish(spool);
      const kept = Math.min(whole.length, 2 * spoolLimit);
      const end = readOutput(spool, whole.length - (kept - Math.min(whole.length, spoolLimit)), 2 * spoolLimit);
      expect(end.text).toBe(whole.subarray(whole.length - end.text.length).toString());
      expect(outputSize(spool)).toEqual({ outputBytes: whole.length, droppedBytes: whole.length - kept });
    }),
    { numRuns: 12 },
  );
});

test('reading beyond the end, or a run that printed nothing, gives nothing', () => {
  const spool = makeSpool([]);
  expect(readOutput(spool, 0, 100)).toEqual({ text: '', next: 0, dropped: 0 });
  expect(readOutput(spool, 50, 100)).toEqual({ text: '', next: 50, dropped: 0 });
  expect(readOutput('/no/such/spool', 0, 100)).toEqual({ text: '', next: 0, dropped: 0 });
});
