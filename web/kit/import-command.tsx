import type { ReactElement } from 'react';
import { CopyButton } from './copy.tsx';

const IMPORT = 'npx almanac import crontab --user "$USER"';

/** The command that brings a crontab, to be copied. */
export function ImportCommand(): ReactElement {
  return (
    <div className="text-left">
      <div className="flex items-center gap-1 rounded-control border border-line bg-sunken py-1 pr-1 pl-3">
        <code className="grow overflow-x-auto py-1 font-mono text-12 whitespace-nowrap text-ink">{IMPORT}</code>
        <CopyButton text={IMPORT} label="Copy the command" />
      </div>
      <p className="mt-2 text-12 text-ink-3">
        With <code className="font-mono">--observe</code> cron goes on and Almanac only shows its jobs.
      </p>
    </div>
  );
}
