// Runs every benchmark of this folder, prints the table and keeps it in bench/results.json with date and machine.
import { readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import type { Figure } from './figure.ts';
import { printFigures } from './figure.ts';

interface Benchmark {
  readonly measure?: () => Promise<readonly Figure[]>;
}

const figures: Figure[] = [];
for (const name of (await readdir(import.meta.dirname)).sort()) {
  if (!name.endsWith('.ts') || name === 'all.ts' || name === 'figure.ts') continue;
  const { measure } = (await import(`./${name}`)) as Benchmark;
  if (measure === undefined) throw new Error(`bench/${name} exports no measure()`);
  console.error(`${name} …`);
  figures.push(...(await measure()));
}
if (figures.length === 0) throw new Error('no benchmark was found');

printFigures(figures);
const machine = {
  cpu: os.cpus()[0]?.model,
  cores: os.availableParallelism(),
  node: process.version,
  os: os.platform(),
};
const results = { date: new Date().toISOString(), machine, figures };
await writeFile(new URL('results.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
if (figures.some(({ ratio, bar }) => ratio < bar)) {
  console.error('A figure is below its bar.');
  process.exitCode = 1;
}
