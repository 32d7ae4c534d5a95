import { ApiProblem, problemFrom } from './client.ts';

/** Opens a session; the browser keeps its cookie. @throws ApiProblem 401 when email and password do not fit */
export function signIn(email: string, password: string): Promise<void> {
  return post('/api/auth/sign-in/email', { email, password });
}

export function signOut(): Promise<void> {
  return post('/api/auth/sign-out', {});
}

/** The sign-in routes come from a library and stand in no document. */
async function post(path: string, body: object): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new ApiProblem(0, 'unreachable', 'The server cannot be reached.');
  });
  if (!response.ok) throw problemFrom(response, await response.json().catch(() => undefined));
}
