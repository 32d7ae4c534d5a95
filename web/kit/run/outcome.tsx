import type { ReactElement } from 'react';
import type { Run } from '../../api/types.ts';
import { StatusMark } from '../status.tsx';
import { Section } from './section.tsx';

/** How a run ended, in the words of whoever carried it out; nothing where it simply went well. */
export function Outcome({ run }: { readonly run: Run | undefined }): ReactElement | null {
  if (!run?.error) return null;
  return (
    <Section title={run.status === 'failed' ? 'Error' : 'Outcome'}>
      <p className="flex items-start gap-1.5 text-13 text-ink">
        <span className="mt-0.5">
          <StatusMark status={run.status} size={13} />
        </span>
        {run.error}
      </p>
    </Section>
  );
}
