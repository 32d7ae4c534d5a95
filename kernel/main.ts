import { runProcess } from './start/process.ts';

await runProcess(process.argv.slice(2));
