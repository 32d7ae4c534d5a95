import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, type ReactElement, useState } from 'react';
import { api, ApiProblem, read } from '../../api/client.ts';
import { Button } from '../../kit/button.tsx';
import { FieldError, TextField, ZoneField } from '../../kit/field.tsx';
import { ImportCommand } from '../../kit/import-command.tsx';
import { momentWords } from '../../kit/time/words.ts';
import { Column } from './column.tsx';
import { firstRunQuery } from './first-run-query.ts';
import { passwordProblem, type Refusal, refusalOf, SHORTEST_PASSWORD } from './owner-link.ts';

/** The fields of the first step, and of both. */
const YOU: ReadonlySet<string> = new Set(['name', 'email', 'password']);
const FIELDS: ReadonlySet<string> = new Set([...YOU, 'zone']);

type Step = 'you' | 'zone' | 'crontab';

/** From the link that the server printed to a calendar that is not empty: you, your zone, your crontab. */
export function FirstRun(): ReactElement {
  const { token = '' } = useSearch({ strict: false }) as { token?: string };
  const navigate = useNavigate();
  const queries = useQueryClient();
  const needed = useQuery(firstRunQuery).data?.needed;
  const [step, setStep] = useState<Step>('you');
  const [tried, setTried] = useState(false);
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
      if (problem instanceof ApiProblem && YOU.has(problem.field ?? '')) setStep('you');
    },
  });
  const change = (field: keyof typeof owner) => ({
    value: owner[field],
    onChange: (event: { target: { value: string } }) => setOwner({ ...owner, [field]: event.target.value }),
    error: make.error instanceof ApiProblem && make.error.field === field ? make.error.message : undefined,
  });

  const placed = make.error instanceof ApiProblem && FIELDS.has(make.error.field ?? '');
  const short = passwordProblem(owner.password);
  const password = change('password');

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (step === 'zone') make.mutate();
    else if (!short) setStep('zone');
  }
  const refusal = refusalOf(token, needed, make.error);
  if (step !== 'crontab' && refusal && !make.isSuccess) return <Refused refusal={refusal} />;
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
              help={`At least ${SHORTEST_PASSWORD} characters.`}
              {...password}
              error={(tried && short) || password.error}
            />
          </>
        ) : (
          <ZoneField label="Zone" required help={zoneHelp(owner.zone)} {...change('zone')} />
        )}
        {make.error && !placed && <FieldError>{make.error.message}</FieldError>}
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

function Refused({ refusal }: { readonly refusal: Refusal }): ReactElement {
  return (
    <Column title={refusal.title}>
      <p className="text-ink-2">{refusal.words}</p>
      {refusal.signIn && (
        <Link to="/" className="mt-5 inline-block text-accent underline underline-offset-2">
          Sign in
        </Link>
      )}
    </Column>
  );
}

function BringCrontab({ onDone }: { readonly onDone: () => void }): ReactElement {
  return (
    <Column title="Bring your crontab" intro={<Steps at="crontab" />}>
      <p className="mb-3 text-ink-2">
        Run this in Almanac’s folder. It shows every line, asks, and then takes them over: cron’s lines are commented
        out, with a backup, so that nothing runs twice.
      </p>
      <ImportCommand />
      <p className="mt-4 text-13 text-ink-2">The calendar fills while you watch. You can also do this later.</p>
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
