import { Link } from '@tanstack/react-router';
import { MapPinOff } from 'lucide-react';
import type { ReactElement } from 'react';
import { Empty } from '../kit/empty.tsx';

export function NotFound(): ReactElement {
  return (
    <Empty
      top
      icon={MapPinOff}
      title="There is no page at this address"
      action={
        <Link to="/" className="text-13 text-accent underline underline-offset-2">
          Go to the calendar
        </Link>
      }
    >
      <code className="font-mono text-12 break-all">{location.pathname}</code>
    </Empty>
  );
}
