import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { ApiProblem } from '../../api/client.ts';
import { signIn } from '../../api/sign-in.ts';
import { Button } from '../../kit/button.tsx';
import { FieldError, TextField } from '../../kit/field.tsx';
import { Column } from './column.tsx';
import { firstRunQuery } from './first-run-query.ts';

export function SignIn(): ReactElement {
  const queries = useQueryClient();
  const firstRun = useQuery(firstRunQuery);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => signIn(email, password),
    onSuccess: () => queries.resetQueries({ queryKey: ['me'] }),
  });
  if (firstRun.data?.needed) return <OwnerMissing />;

  function submit(event: FormEvent): void {
    event.preventDefault();
    enter.mutate();
  }
  return (
    <Column title="Sign in">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label="Email"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {enter.error && <FieldError>{reasonOf(enter.error)}</FieldError>}
        <Button look="primary" type="submit" busy={enter.isPending} className="mt-1 h-9 w-full">
          {enter.isPending ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </Column>
  );
}

function OwnerMissing(): ReactElement {
  return (
    <Column title="Almanac has no owner yet">
      <p className="text-ink-2">
        When it started, the server printed a link that makes the owner account. It is in the terminal or the log, ends
        in <code className="font-mono text-13">/first-run?token=…</code> and works once.
      </p>
    </Column>
  );
}

function reasonOf(problem: Error): string {
  if (!(problem instanceof ApiProblem)) return problem.message;
  if (problem.status === 401) return 'Email or password is wrong.';
  if (problem.status === 429) return 'Too many tries. Wait a minute, then try again.';
  return problem.message;
}
