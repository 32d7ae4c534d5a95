// What exactly is started for a run of a command job. Pure: the same definition and run give the same command.
import { isoLocal, isoUtc, zoneOf } from '#time/zone.ts';
import type { CommandSpec, RunContext } from '#engine';
import type { Account } from './account.ts';
import type { CommandDefinition } from './definition.ts';

/** Where programs are found when the job sets no PATH. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Between TERM and KILL, in milliseconds. */
const graceMs = 10_000;

/** The command of a run: in the shell or as it is, in its own folder, with an environment built from nothing. */
export function commandOf(definition: CommandDefinition, run: RunContext, account: Account): CommandSpec {
  const env = environmentOf(definition, run, account);
  return {
    runId: run.runId,
    argv: argumentsOf(definition),
    cwd: definition.cwd ?? env['HOME'] ?? account.home,
    env,
    ...(definition.stdin === undefined ? {} : { stdin: definition.stdin }),
    ...(definition.user === undefined ? {} : { uid: account.uid, gid: account.gid, user: account.name }),
    graceMs,
    spool: run.spool,
    startedAt: run.startedAt,
  };
}

/**
 * The time context of a run. Instants are written in the zone of the job with its offset, so that a script finds the
 * local date in front and `date -d` understands the whole.
 */
export function runVariables(run: RunContext): Record<string, string> {
  const zone = zoneOf(run.zone);
  const inZone = (instant: number): string => isoLocal(zone, instant);
  return {
    ALMANAC_RUN_ID: run.runId,
    ALMANAC_RUN_TRIGGER_ID: run.triggerId,
    ALMANAC_RUN_OCCURRENCE: `${run.triggerId}/${isoUtc(run.nominalAt)}`,
    ALMANAC_RUN_SCHEDULED_FOR: inZone(run.nominalAt),
    ALMANAC_RUN_STARTED_AT: inZone(run.startedAt),
    ALMANAC_RUN_ZONE: run.zone,
    ALMANAC_RUN_LATENESS_SECONDS: String(Math.max(0, Math.round((run.startedAt - run.dueAt) / 1000))),
    ALMANAC_RUN_ATTEMPT: String(run.attempt),
    ALMANAC_RUN_CAUSE: run.cause,
    ...(run.lastSuccessAt === undefined ? {} : { ALMANAC_RUN_LAST_SUCCESS_AT: inZone(run.lastSuccessAt) }),
    ...(run.nextAt === undefined ? {} : { ALMANAC_RUN_NEXT_AT: inZone(run.nextAt) }),
  };
}

function argumentsOf({ script, argv = [], shell = '/bin/sh' }: CommandDefinition): readonly string[] {
  if (script === undefined) return argv;
  // A script that begins with - would be taken for an option of the shell.
  return [shell, '-c', script.startsWith('-') ? ` ${script}` : script];
}

/** As under cron, a job may set anything but who it is; what speaks of the run is never the job's to set. */
function environmentOf(
  { env, shell = '/bin/sh' }: CommandDefinition,
  run: RunContext,
  account: Account,
): Record<string, string> {
  const given = { PATH: defaultPath, HOME: account.home, LANG: 'C.UTF-8', SHELL: shell };
  return { ...given, ...env, LOGNAME: account.name, USER: account.name, ...runVariables(run) };
}
