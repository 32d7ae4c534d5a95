export { auditLedger, type AuditReport } from './audit/audit.ts';
export type { CarryOut, EndReason, RunContext, RunOutput, RunResult } from './carry-out.ts';
export { createTrigger, editTrigger, type NewTrigger, type TriggerEdit } from './commands/define.ts';
export { lockTrigger } from './commands/lock.ts';
export { cancelRun, runNow } from './commands/run.ts';
export {
  deleteTrigger,
  disableTrigger,
  enableTrigger,
  pauseTrigger,
  resumeTrigger,
  type StateWish,
} from './commands/state.ts';
export { type CommandSpec, type GuardedCommand, launchGuarded } from './guard/launch.ts';
export type { ExitRecord } from './guard/exit-record.ts';
export { effectivePolicies } from './ledger/policy.ts';
export { recentOutcomes, type RunOfTrigger, readRun, runsOf } from './ledger/runs.ts';
export { readTimeline, type Timeline, type TimelineEntry, type WireStatus } from './ledger/timeline.ts';
export { pendingItems } from './missed.ts';
export { runShape, wireRun } from './routes.ts';
export type { Category, Policy, TriggerRow, TriggerState } from './schema.ts';
export { resultOfExit } from './worker/exit-results.ts';
