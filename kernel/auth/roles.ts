/** Roles of people and agents in a team, strongest first. */
export const ROLES = ['owner', 'admin', 'operator', 'member', 'viewer', 'agent'] as const;
export type Role = (typeof ROLES)[number];
