// The door `almanac`. Each command is loaded only when it is called, so that the small ones start at once.
import { Command, CommanderError } from 'commander';
import { EXIT, EXIT_HELP, reportError } from './output.ts';

interface Json {
  readonly json?: true;
}

const program = new Command('almanac')
  .description('The self-hosted operations calendar that runs what it shows.')
  .addHelpText('after', `\n${EXIT_HELP}`)
  .showSuggestionAfterError()
  .exitOverride();

program
  .command('serve')
  .description('Serve here, as npm start does')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (args: string[]) => {
    const { runProcess } = await import('../kernel/start/process.ts');
    await runProcess(args);
  });

program
  .command('next')
  .description('Show when a recurrence fires next')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (args: string[]) => {
    const { runNext } = await import('./next.ts');
    const { SystemClock } = await import('../kernel/clock.ts');
    const { stdin, stdout, stderr } = process;
    process.exitCode = await runNext(args, { stdin, stdout, stderr, now: () => new SystemClock().now() });
  });

reading('jobs', 'List the jobs with their next and last run', async (options) =>
  (await import('./jobs.ts')).listJobs(options),
);
reading('modules', 'List the modules and their state', async (options) =>
  (await import('./modules.ts')).listModules(options),
);
reading('config', 'Show the settings in force and where each comes from', async (options) =>
  (await import('./config.ts')).showConfig(options),
);
reading('audit', 'Check the ledger: exits with 1 when anything is unaccounted for', async (options) => {
  process.exitCode = await (await import('./audit.ts')).checkAudit(options);
});

const token = program.command('token').description('API tokens');
token
  .command('create')
  .description('Print a new API token; it is shown this once')
  .requiredOption('--name <name>', 'what it is for')
  .option('--scopes <list>', 'permissions, separated by commas (default: all of your role)')
  .option('--expires-days <n>', 'days until it expires (default: never)', Number)
  .option('--json', 'answer as one line of JSON')
  .action(async (options) => (await import('./token.ts')).createToken(options));
reading(
  'list',
  'List the tokens of the team',
  async (options) => (await import('./token.ts')).listTokens(options),
  token,
);
token
  .command('revoke')
  .description('Revoke a token')
  .argument('<id>', 'as `almanac token list` shows it')
  .option('--json', 'answer as one line of JSON')
  .action(async (id: string, options: Json) => (await import('./token.ts')).revokeToken(id, options));

program
  .command('import')
  .description('Bring in what runs elsewhere')
  .command('crontab')
  .description('Show what a crontab would become, ask, make the jobs and comment the lines out')
  .argument('[file]', 'a crontab, such as /etc/crontab; - is standard input')
  .option('--user <name>', "this user's crontab instead of a file")
  .option('--system', 'the lines have a user column (found out by itself where it is plain)')
  .option('--zone <zone>', 'IANA zone of the times (default: the zone of this machine)')
  .option('--take-over', 'comment the lines out, with a backup (default where cron reads the crontab)')
  .option('--observe', 'leave the lines to cron and make the jobs disabled')
  .option('--give-back', 'take an import back: cron gets its lines again, their jobs are disabled')
  .option('--preview', 'only show what would become of it')
  .option('--yes', 'do not ask')
  .option('--json', 'answer as one line of JSON')
  .action(async (file: string | undefined, options) =>
    (await import('./import-crontab.ts')).importCrontab(file, options),
  );

/** A command without arguments that shows something. */
function reading(
  name: string,
  description: string,
  act: (options: Json) => void | Promise<void>,
  parent: Command = program,
): void {
  parent.command(name).description(description).option('--json', 'answer as one line of JSON').action(act);
}

/** A reader that has gone, such as `head`, is no failure. */
process.stdout.on('error', () => process.exit());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = reportError(error);
}
