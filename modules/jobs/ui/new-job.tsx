import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { api, ApiProblem, read } from '../../../web/api/client.ts';
import type { NewJob } from '../../../web/api/types.ts';
import { announce, deedOf } from '../../../web/kit/app/toast.ts';
import { Button } from '../../../web/kit/button.tsx';
import { Dialog } from '../../../web/kit/floating/dialog.tsx';
import { FieldError, SelectField, TextField, ZoneField } from '../../../web/kit/field.tsx';
import { serverNow } from '../../../web/kit/time/use-now.ts';
import { explainExpression } from './explain.ts';
import { ScheduleField } from './schedule-field.tsx';

interface NewJobSheetProps {
  readonly zone: string;
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

interface Draft {
  readonly name: string;
  readonly kind: NewJob['kind'];
  readonly command: string;
  readonly method: string;
  readonly url: string;
  readonly expr: string;
  readonly zone: string;
}

/** The form for a new job; everything it can check is told while typing. */
export function NewJobSheet({ zone, onClose, onMade }: NewJobSheetProps): ReactElement {
  const form = useId();
  const queries = useQueryClient();
  const [now] = useState(serverNow);
  const [draft, setDraft] = useState<Draft>({
    name: '',
    kind: 'command',
    command: '',
    method: 'GET',
    url: '',
    expr: '',
    zone,
  });
  const make = useMutation({
    mutationFn: () => read(api.POST('/api/v1/cron/jobs', { body: jobOf(draft) })),
    onSuccess: async (job) => {
      await queries.invalidateQueries({ queryKey: ['jobs'] });
      announce(deedOf(job.name, 'is scheduled'));
      onMade(job.id);
    },
  });
  const explained = explainExpression(draft.expr, draft.zone, now);
  const field = make.error instanceof ApiProblem ? (make.error.field ?? '') : '';
  const errorAt = (name: string): string | undefined =>
    field.split('.').includes(name) ? make.error?.message : undefined;
  const set = (name: keyof typeof draft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [name]: event.target.value });
  const placed = ['name', 'script', 'url', 'method', 'expr', 'zone', 'recurrence'].some(
    (name) => errorAt(name) !== undefined,
  );

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (explained.kind === 'understood') make.mutate();
  }
  return (
    <Dialog
      title="New job"
      shape="sheet"
      onClose={onClose}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form={form}
            busy={make.isPending}
            disabled={explained.kind !== 'understood'}
          >
            {make.isPending ? 'Making it …' : 'Make the job'}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 p-4">
        <TextField
          label="Name"
          required
          maxLength={200}
          placeholder="Backup database"
          value={draft.name}
          onChange={set('name')}
          error={errorAt('name')}
        />
        <Kind kind={draft.kind} onChoose={(kind) => setDraft({ ...draft, kind })} />
        {draft.kind === 'command' ? (
          <TextField
            label="Command"
            mono
            required
            spellCheck={false}
            placeholder="/usr/local/bin/backup.sh"
            help="Runs in a shell on the server, as the user that Almanac runs as."
            value={draft.command}
            onChange={set('command')}
            error={errorAt('script')}
          />
        ) : (
          <div className="grid grid-cols-[7rem_1fr] gap-2">
            <SelectField label="Method" value={draft.method} onChange={set('method')} error={errorAt('method')}>
              {METHODS.map((method) => (
                <option key={method}>{method}</option>
              ))}
            </SelectField>
            <TextField
              label="Address"
              mono
              type="url"
              required
              placeholder="https://example.com/hook"
              value={draft.url}
              onChange={set('url')}
              error={errorAt('url')}
            />
          </div>
        )}
        <ScheduleField
          expr={draft.expr}
          zone={draft.zone}
          explained={explained}
          onChange={(expr) => setDraft({ ...draft, expr })}
          error={errorAt('expr') ?? errorAt('recurrence')}
        />
        <ZoneField
          label="Zone"
          required
          help="The clock that the schedule follows, through summer and winter time."
          value={draft.zone}
          onChange={set('zone')}
          error={explained.kind === 'refused' && explained.about === 'zone' ? explained.problem : errorAt('zone')}
        />
        {make.error && !placed && <FieldError>{make.error.message}</FieldError>}
      </form>
    </Dialog>
  );
}

function Kind({
  kind,
  onChoose,
}: {
  readonly kind: NewJob['kind'];
  readonly onChoose: (kind: NewJob['kind']) => void;
}): ReactElement {
  return (
    <fieldset>
      <legend className="mb-1 text-13 font-medium">What it does</legend>
      <div className="flex gap-2">
        {(
          [
            ['command', 'Runs a command'],
            ['http', 'Calls an address'],
          ] as const
        ).map(([value, label]) => (
          <label
            key={value}
            className="flex h-8 flex-1 items-center gap-2 rounded-control border border-line px-3 text-13 has-checked:border-accent has-checked:bg-accent/8 has-focus-visible:outline-2 has-focus-visible:outline-accent max-md:h-11"
          >
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind === value}
              onChange={() => onChoose(value)}
              className="accent-(--accent)"
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function jobOf({ name, kind, command, method, url, expr, zone }: Draft): NewJob {
  const common = { name: name.trim(), recurrence: { kind: 'cron', expr: expr.trim(), zone } } as const;
  return kind === 'command'
    ? { ...common, kind, command: { script: command } }
    : { ...common, kind, http: { method: METHODS.find((one) => one === method) ?? 'GET', url } };
}
