import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, CircleStop, Ellipsis, type LucideIcon, Octagon, Play, Power } from 'lucide-react';
import type { ReactElement } from 'react';
import { api, ApiProblem, read } from '../../../../web/api/client.ts';
import type { ActionName, CalendarEvent, Run } from '../../../../web/api/types.ts';
import { announce, deedOf } from '../../../../web/kit/app/toast.ts';
import { Button } from '../../../../web/kit/button.tsx';
import { FieldError } from '../../../../web/kit/field.tsx';
import { Menu } from '../../../../web/kit/floating/menu.tsx';

/** The panel always shows the log: that needs no button. */
type Action = Exclude<ActionName, 'open_logs'>;

interface Offer {
  readonly action: Action;
  readonly label: string;
  readonly busy: string;
  readonly icon: LucideIcon;
  /** What the toast says after the title. */
  readonly done: string;
  readonly inverse?: Action;
  /** Rare: stands in the menu instead of beside the others. */
  readonly rare?: boolean;
}

const OFFERS: readonly Offer[] = [
  { action: 'run_now', label: 'Run now', busy: 'Queued …', icon: Play, done: 'is starting' },
  { action: 'cancel_run', label: 'Cancel run', busy: 'Cancelling …', icon: CircleStop, done: 'is being cancelled' },
  { action: 'pause', label: 'Pause', busy: 'Pausing …', icon: CirclePause, done: 'is paused', inverse: 'resume' },
  {
    action: 'resume',
    label: 'Resume',
    busy: 'Resuming …',
    icon: CirclePlay,
    done: 'follows its schedule again',
    inverse: 'pause',
  },
  { action: 'enable', label: 'Enable', busy: 'Enabling …', icon: Power, done: 'is enabled', inverse: 'disable' },
  {
    action: 'disable',
    label: 'Disable',
    busy: 'Disabling …',
    icon: Octagon,
    done: 'is disabled',
    inverse: 'enable',
    rare: true,
  },
];

interface ActionsProps {
  readonly event: CalendarEvent;
  /** A run of the same item that is going on, also when it is another occurrence's. */
  readonly running: Run | undefined;
}

/** The actions that the server offers. What it blocks at the moment is shown with the reason; the rest is not shown. */
export function Actions({ event, running }: ActionsProps): ReactElement {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (action: Action): Promise<unknown> => carryOut(action, event, running),
    onSuccess: (_, action) => {
      const offer = OFFERS.find((one) => one.action === action);
      const inverse = offer?.inverse;
      announce(deedOf(event.title, offer?.done ?? 'has changed'), inverse ? { undo: () => act.mutate(inverse) } : {});
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['event'] }),
        queries.invalidateQueries({ queryKey: ['feed'] }),
      ]),
  });
  const blocked = (action: Action): string | undefined =>
    event.blocked_actions.find((one) => one.action === action)?.reason;
  const offered = OFFERS.filter(
    ({ action }) =>
      event.actions.includes(action) ||
      blocked(action) !== undefined ||
      (action === 'cancel_run' && running !== undefined),
  );
  const rare = offered.filter((offer) => offer.rare);
  return (
    <>
      <div className="mt-3 flex flex-wrap gap-2 empty:hidden">
        {offered
          .filter((offer) => !offer.rare)
          .map(({ action, label, busy, icon }) => {
            const pending = act.isPending && act.variables === action;
            return (
              <Button
                key={action}
                className="max-md:grow"
                look={action === 'run_now' && !running ? 'primary' : 'plain'}
                icon={icon}
                blocked={blocked(action)}
                busy={pending}
                disabled={act.isPending}
                onClick={() => act.mutate(action)}
              >
                {pending ? busy : label}
              </Button>
            );
          })}
        {rare.length > 0 && (
          <Menu
            trigger={<Button look="quiet" icon={Ellipsis} aria-label="More actions" className="w-7 px-0 max-md:w-11" />}
            groups={[rare.map(({ action, label, icon }) => ({ label, icon, onSelect: () => act.mutate(action) }))]}
          />
        )}
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

function carryOut(action: Action, event: CalendarEvent, running: Run | undefined): Promise<unknown> {
  // The run that goes on may belong to another occurrence than the one that is open.
  if (action === 'cancel_run' && running && !event.actions.includes(action)) {
    return read(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: running.id } } }));
  }
  return read(
    api.POST('/api/v1/ops/calendar/events/{event_id}/action', {
      params: { path: { event_id: event.event_id } },
      body: { action },
    }),
  );
}
