// A node to be killed: launches the run whose spec is the argument and says so on standard output.
import type { CommandSpec } from './command-spec.ts';
import { launchGuarded } from './launch.ts';

const command = await launchGuarded(JSON.parse(process.argv[2] ?? '') as CommandSpec);
console.log('launched');
await command.exited;
