// How runs of jobs are carried out, by the kind of the job.
import type { CarryOut } from '#engine';
import { openAddressGuard } from './http/address-guard.ts';
import { definitionShape } from './definition.ts';
import { runCommand } from './run-command.ts';
import { runHttp } from './http/run-http.ts';

/** @param httpAllow hosts and ranges that HTTP jobs may reach although they are not public */
export function carryOutJobs(httpAllow: readonly string[]): CarryOut {
  const guard = openAddressGuard(httpAllow);
  return async (run, output, signal) => {
    const definition = definitionShape.parse(run.definition);
    if (definition.kind === 'http') return await runHttp(definition.http, run, output, signal, { guard });
    return await runCommand(definition.command, run, signal);
  };
}
