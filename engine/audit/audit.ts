import { type Kernel, sql } from '#kernel';
import { checksAt } from './checks.ts';
import { comparePlanWithRows } from './planned.ts';

export interface Finding {
  /** `I0` … `I9` of the engine's invariants. */
  readonly invariant: string;
  readonly says: string;
  readonly count: number;
  /** A few of the places, for the person who looks. */
  readonly examples: readonly string[];
}

export interface AuditReport {
  readonly checkedAt: number;
  readonly occurrences: number;
  /** Planned by the recurrences in force but without a row. */
  readonly unaccounted: number;
  readonly findings: readonly Finding[];
}

const EXAMPLES = 5;

/** Checks the ledger against its invariants I0–I9, as it stood at one moment. Reads only. */
export function auditLedger(kernel: Kernel): Promise<AuditReport> {
  return kernel.db.transaction(async (tx) => {
    // One snapshot for all checks: the engine goes on meanwhile.
    await tx.run(sql`set transaction isolation level repeatable read read only`);
    const now = kernel.clock.now();
    const { unaccounted, surplus, wrong } = await comparePlanWithRows(tx, now);
    const findings: Finding[] = [];
    if (wrong.length > 0) {
      const count = unaccounted + surplus;
      findings.push({
        invariant: 'I1',
        says: 'planned occurrences and rows differ',
        count,
        examples: wrong.slice(0, EXAMPLES),
      });
    }
    for (const { invariant, says, query } of checksAt(now)) {
      const rows = await tx.rows(query);
      const examples = rows.slice(0, EXAMPLES).map(({ place }) => place);
      if (rows.length > 0) findings.push({ invariant, says, count: rows.length, examples });
    }
    const [total] = await tx.rows(
      sql<{ count: number }>`select coalesce(sum(folded), 0) as count from engine.occurrence`,
    );
    return { checkedAt: now, occurrences: total?.count ?? 0, unaccounted, findings };
  });
}
