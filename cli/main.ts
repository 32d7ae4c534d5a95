// The door `almanac`. Each command is loaded only when it is called, so that the small ones start at once.
import { Command } from 'commander';
import { SystemClock } from '../kernel/clock.ts';

const program = new Command('almanac').description('The self-hosted operations calendar that runs what it shows.');

program
  .command('next')
  .description('Show when a recurrence fires next')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (args: string[]) => {
    const { runNext } = await import('./next.ts');
    const { stdin, stdout, stderr } = process;
    process.exitCode = await runNext(args, { stdin, stdout, stderr, now: () => new SystemClock().now() });
  });

await program.parseAsync();
