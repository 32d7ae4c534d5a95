import type { Role } from './roles.ts';

/** Through which door somebody acts; written into the audit. */
export type Door = 'web' | 'api' | 'cli' | 'mcp' | 'push' | 'engine';

/** Who asks, in which team, and what that allows. */
export interface Caller {
  readonly principalId: string;
  readonly kind: 'user' | 'agent' | 'service';
  readonly name: string;
  readonly email: string | null;
  readonly zone: string | null;
  readonly teamId: string;
  readonly teamName: string;
  readonly teamZone: string;
  readonly role: Role;
  readonly permissions: ReadonlySet<string>;
  readonly door: Door;
  /** The token that opened the door; what is made with it does not outlive it. */
  readonly token?: { readonly id: string; /** Epoch milliseconds. */ readonly expiresAt: number | null };
}
