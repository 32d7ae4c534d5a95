import { createContext, use } from 'react';
import type { Me } from '../../api/types.ts';

export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in. Only pages inside the frame may call it. */
export function useMe(): Me {
  const me = use(MeContext);
  if (!me) throw new Error('useMe is for pages inside the frame');
  return me;
}

/** The zone in which times are shown: one's own, else the team's. */
export function useZone(): string {
  const { principal, team } = useMe();
  return principal.zone ?? team.zone;
}
