import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, type ReactElement, useState } from 'react';
import { api, ApiProblem, read } from '../../api/client.ts';
import { Button } from '../../kit/button.tsx';
import { CopyButton } from '../../kit/copy.tsx';
import { FieldError, TextField, ZoneField } from '../../kit/field.tsx';
import { momentWords } from '../../kit/time/words.ts';
import { Column } from './column.tsx';

type Step = 'you' | 'zone' | 'crontab';

const IMPORT = 'crontab -l | npx almanac import crontab -';
const SHORTEST_PASSWORD = 8;

/** From the link that the server printed to a calendar that is not empty: you, your zone, your crontab. */
export function FirstRun(): ReactElement {
  const { token = '' } = useSearch({ strict: false }) as { token?: string };
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>('you');
  const [owner, setOwner] = useState({
    name: '',
    email: '',
    password: '',
    zone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  const make = useMutation({
    mutationFn: () => read(api.POST('/api/v1/first-run', { body: { token, ...owner } })),
    onSuccess: async () => {
      await queries.resetQueries({ queryKey: ['me'] });
      setStep('crontab');
    },
    onError: (problem) => {
      if (problem instanceof ApiProblem && ['name', 'email', 'password'].includes(problem.field ?? '')) setStep('you');
    },
  });
  const change = (field: keyof typeof owner) => ({
    value: owner[field],
    onChange: (event: { target: { value: string } }) => setOwner({ ...owner, [field]: event.target.value }),
    error: make.error instanceof ApiProblem && make.error.field === field ? make.error.message : undefined,
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (step === 'you') setStep('zone');
    else make.mutate();
  }
  if (!token) {
    return (
      <Column title="This link is not complete">
        <p className="text-ink-2">Open it exactly as the server printed it, with everything after “token=”.</p>
      </Column>
    );
  }
  if (step === 'crontab') return <BringCrontab onDone={() => void navigate({ to: '/' })} />;
  return (
    <Column title={step === 'you' ? 'You' : 'Your time zone'} intro={<Steps at={step} />}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        {step === 'you' ? (
          <>
            <TextField label="Name" autoComplete="name" required {...change('name')} />
            <TextField label="Email" type="email" autoComplete="username" required {...change('email')} />
            <TextField
              label="Password"
              type="password"
              autoComplete="new-password"
              required
              minLength={SHORTEST_PASSWORD}
              help={`At least ${SHORTEST_PASSWORD} characters.`}
              {...change('password')}
            />
          </>
        ) : (
          <ZoneField label="Zone" required help={zoneHelp(owner.zone)} {...change('zone')} />
        )}
        {make.error && <FieldError>{linkReason(make.error)}</FieldError>}
        <div className="mt-1 flex gap-2">
          {step === 'zone' && (
            <Button className="h-9" onClick={() => setStep('you')}>
              Back
            </Button>
          )}
          <Button look="primary" type="submit" busy={make.isPending} className="h-9 flex-1">
            {step === 'you' ? 'Continue' : 'Make the owner account'}
          </Button>
        </div>
      </form>
    </Column>
  );
}

function BringCrontab({ onDone }: { readonly onDone: () => void }): ReactElement {
  return (
    <Column title="Bring your crontab" intro={<Steps at="crontab" />}>
      <p className="text-ink-2">
        Run this on the machine whose jobs you want to see. It shows what it would take over and asks before it changes
        anything.
      </p>
      <div className="mt-3 flex items-center gap-1 rounded-control border border-line bg-sunken py-1 pr-1 pl-3">
        <code className="grow overflow-x-auto font-mono text-12 whitespace-nowrap">{IMPORT}</code>
        <CopyButton text={IMPORT} label="Copy the command" />
      </div>
      <p className="mt-3 text-13 text-ink-3">The calendar fills while you watch. You can also do this later.</p>
      <Button look="primary" className="mt-5 h-9 w-full" onClick={onDone}>
        Open the calendar
      </Button>
    </Column>
  );
}

const STEPS: readonly { readonly step: Step; readonly label: string }[] = [
  { step: 'you', label: 'You' },
  { step: 'zone', label: 'Your zone' },
  { step: 'crontab', label: 'Your crontab' },
];

function Steps({ at }: { readonly at: Step }): ReactElement {
  return (
    <ol className="flex gap-4 text-12 text-ink-3">
      {STEPS.map(({ step, label }, index) => (
        <li
          key={step}
          aria-current={step === at ? 'step' : undefined}
          className={`tabular ${step === at ? 'font-medium text-ink' : ''}`}
        >
          {index + 1} {label}
        </li>
      ))}
    </ol>
  );
}

function zoneHelp(zone: string): string {
  try {
    return `It is ${momentWords(Date.now(), zone)} there. Times are shown in this zone; each job keeps its own.`;
  } catch {
    return 'A name like Europe/Berlin or America/Chicago.';
  }
}

function linkReason(problem: Error): string {
  if (problem instanceof ApiProblem && problem.status === 410)
    return 'This link was used already or is too old. Start the server again for a new one.';
  return problem.message;
}
