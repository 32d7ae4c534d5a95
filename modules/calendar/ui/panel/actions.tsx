import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, CircleStop, type LucideIcon, Play } from 'lucide-react';
import type { ReactElement } from 'react';
import { api, ApiProblem, read } from '../../../../web/api/client.ts';
import type { CalendarEvent, Run } from '../../../../web/api/types.ts';
import { announce } from '../../../../web/kit/app/toast.ts';
import { Button } from '../../../../web/kit/button.tsx';
import { FieldError } from '../../../../web/kit/field.tsx';

type Action = 'run_now' | 'cancel_run' | 'pause' | 'resume';

interface Offer {
  readonly action: Action;
  readonly label: string;
  readonly busy: string;
  readonly icon: LucideIcon;
  /** What the toast says. */
  readonly done: string;
  readonly inverse?: Action;
}

const OFFERS: readonly Offer[] = [
  { action: 'run_now', label: 'Run now', busy: 'Queued …', icon: Play, done: 'is starting' },
  { action: 'cancel_run', label: 'Cancel the run', busy: 'Cancelling …', icon: CircleStop, done: 'is being cancelled' },
  { action: 'pause', label: 'Pause', busy: 'Pausing …', icon: CirclePause, done: 'is paused', inverse: 'resume' },
  {
    action: 'resume',
    label: 'Resume',
    busy: 'Resuming …',
    icon: CirclePlay,
    done: 'is running on schedule again',
    inverse: 'pause',
  },
];

/** The actions that the server offers. What it blocks at the moment is shown with the reason; the rest is not shown. */
export function Actions({
  event,
  running,
}: {
  readonly event: CalendarEvent;
  readonly running: Run | undefined;
}): ReactElement {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (action: Action) =>
      read(
        api.POST('/api/v1/ops/calendar/events/{event_id}/action', {
          params: { path: { event_id: event.event_id } },
          body: { action },
        }),
      ),
    onSuccess: (_, action) => {
      const offer = OFFERS.find((one) => one.action === action);
      const inverse = offer?.inverse;
      announce(`${event.title} ${offer?.done ?? 'has changed'}`, inverse ? { undo: () => act.mutate(inverse) } : {});
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['event'] }),
        queries.invalidateQueries({ queryKey: ['feed'] }),
      ]),
  });
  const blocked = (action: Action): string | undefined =>
    event.blocked_actions.find((one) => one.action === action)?.reason;
  const offered = OFFERS.filter(({ action }) => event.actions.includes(action) || blocked(action) !== undefined);
  return (
    <>
      <div className="mt-3 flex flex-wrap gap-2 empty:hidden">
        {offered.map(({ action, label, busy, icon }) => {
          const pending = act.isPending && act.variables === action;
          return (
            <Button
              key={action}
              look={action === 'run_now' && !running ? 'primary' : 'plain'}
              icon={icon}
              className="max-md:grow"
              blocked={blocked(action)}
              busy={pending}
              disabled={act.isPending}
              onClick={() => act.mutate(action)}
            >
              {pending ? busy : label}
            </Button>
          );
        })}
      </div>
      {act.error && (
        <div className="mt-2">
          <FieldError>
            {act.error.message}
            {act.error instanceof ApiProblem && act.error.hint ? ` ${act.error.hint}` : ''}
          </FieldError>
        </div>
      )}
    </>
  );
}
