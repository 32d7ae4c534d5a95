import type { ErrorComponentProps } from '@tanstack/react-router';
import { CircleX } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../kit/button.tsx';
import { Empty } from '../kit/empty.tsx';

/** Stands in place of a page that broke; the rest of the frame goes on. */
export function PageFailed({ error, reset }: ErrorComponentProps): ReactElement {
  return (
    <Empty
      top
      icon={CircleX}
      title="This page stopped working"
      action={
        <span className="flex justify-center gap-2">
          <Button onClick={reset}>Try again</Button>
          <Button onClick={() => location.reload()}>Reload</Button>
        </span>
      }
    >
      <p>Nothing on the server is affected.</p>
      <p className="mt-2 font-mono text-12 break-words text-ink-3">
        {error instanceof Error ? error.message : String(error)}
      </p>
    </Empty>
  );
}
