import { ApiProblem } from '../../api/client.ts';

export interface Refusal {
  readonly title: string;
  readonly words: string;
  /** There is an account to sign in with. */
  readonly signIn: boolean;
}

/**
 * Why the link for the owner account cannot be used, if it cannot.
 * @param needed whether the owner account is still to be made; absent while that is not known
 * @param problem what the server said when it was used
 */
export function refusalOf(token: string, needed: boolean | undefined, problem: Error | null): Refusal | undefined {
  const status = problem instanceof ApiProblem ? problem.status : 0;
  if (needed === false) {
    return {
      title: 'This link has been used',
      words: 'The owner account is made. Sign in with it; it can add more people.',
      signIn: true,
    };
  }
  if (token === '') {
    return {
      title: 'This link is not complete',
      words: 'Open it exactly as the server printed it, with everything after “token=”.',
      signIn: false,
    };
  }
  if (status === 410) {
    return {
      title: 'This link is too old',
      words: 'It works for a day, and only the newest one does. Stop Almanac and start it again: it prints a new one.',
      signIn: false,
    };
  }
  if (status === 404) {
    return {
      title: 'This link is not one of ours',
      words:
        'Perhaps its end is missing. Copy the whole line from the terminal or the log, or start Almanac again for a new one.',
      signIn: false,
    };
  }
  return undefined;
}

/** The server refuses shorter ones. */
export const SHORTEST_PASSWORD = 12;

/** What is wrong with a new password, if anything. */
export function passwordProblem(password: string): string | undefined {
  const { length } = password;
  if (length >= SHORTEST_PASSWORD) return undefined;
  return `It has ${length} ${length === 1 ? 'character' : 'characters'}; at least ${SHORTEST_PASSWORD} are needed.`;
}
