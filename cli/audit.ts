import { openClient } from './client.ts';
import { EXIT, printJson, printLine, printTable } from './output.ts';

interface Report {
  readonly occurrences: number;
  readonly unaccounted: number;
  readonly findings: readonly {
    readonly invariant: string;
    readonly says: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
}

/** Has the server check its ledger. @returns the exit code: 1 when anything is found */
export async function checkAudit({ json }: { readonly json?: true }): Promise<number> {
  const report = await openClient().get<Report>('/audit/check');
  const { occurrences, unaccounted, findings } = report;
  if (json) printJson(report);
  else {
    printLine(`${occurrences} occurrences, ${unaccounted} unaccounted, ${findings.length} findings`);
    if (findings.length > 0) {
      printTable(
        ['invariant', 'count', 'what', 'for example'],
        findings.map(({ invariant, count, says, examples }) => [invariant, String(count), says, examples[0] ?? '']),
      );
    }
  }
  return unaccounted === 0 && findings.length === 0 ? EXIT.ok : EXIT.refused;
}
