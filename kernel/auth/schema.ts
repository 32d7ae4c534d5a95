import type { Role } from './roles.ts';

/** A membership as identifying a request needs it, joined with its principal and team. */
export interface Member {
  principal_id: string;
  kind: 'user' | 'agent' | 'service';
  name: string;
  email: string | null;
  zone: string | null;
  current_team_id: string | null;
  team_id: string;
  team_name: string;
  team_zone: string;
  role: Role;
}
