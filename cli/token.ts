import { openClient } from './client.ts';
import { printJson, printLine, printTable, remark, wallClock } from './output.ts';

export interface CreateTokenOptions {
  readonly name: string;
  readonly scopes?: string;
  readonly expiresDays?: number;
  readonly json?: true;
}

interface Token {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

/** Prints a new API token; the server keeps only its hash. */
export async function createToken({ name, scopes, expiresDays, json }: CreateTokenOptions): Promise<void> {
  const made = await openClient().post<{ token: string }>('/tokens', {
    name,
    ...(scopes === undefined
      ? {}
      : {
          scopes: scopes
            .split(',')
            .map((scope) => scope.trim())
            .filter(Boolean),
        }),
    ...(expiresDays === undefined ? {} : { expires_in_days: expiresDays }),
  });
  if (json) return printJson(made);
  printLine(made.token);
  remark('Keep it now: it is not shown again.');
}

export async function listTokens({ json }: { readonly json?: true }): Promise<void> {
  const { items } = await openClient().get<{ items: readonly Token[] }>('/tokens');
  if (json) return printJson(items);
  printTable(
    ['id', 'name', 'begins with', 'expires (UTC)', 'last used (UTC)', 'scopes'],
    items.map(({ id, name, hint, expires_at, last_used_at, scopes }) => [
      id,
      name,
      hint,
      wallClock(expires_at, 'UTC'),
      wallClock(last_used_at, 'UTC'),
      scopes === null ? 'all of its role' : scopes.join(', '),
    ]),
  );
}

export async function revokeToken(id: string, { json }: { readonly json?: true }): Promise<void> {
  await openClient().delete(`/tokens/${encodeURIComponent(id)}`);
  if (json) printJson({ revoked: id });
  else printLine(`Revoked ${id}.`);
}
