import { createContext, use, useEffect, useEffectEvent } from 'react';

/** `down` = the stream has been gone for more than five seconds; the page asks every fifteen seconds meanwhile. */
export type LiveState = 'connecting' | 'live' | 'down';

export interface Change {
  readonly source: string;
  readonly ids: readonly string[];
  readonly rev: number | string;
}

export interface Live {
  readonly state: LiveState;
  /** Epoch milliseconds of the last sign of life. */
  readonly lastAt: number | undefined;
  readonly subscribe: (listener: (changes: readonly Change[]) => void) => () => void;
}

export const LiveContext = createContext<Live>({ state: 'connecting', lastAt: undefined, subscribe: () => () => {} });

/** The state of the one live connection; `onChanges` gets what changed, at most once a frame. */
export function useLive(onChanges?: (changes: readonly Change[]) => void): Live {
  const live = use(LiveContext);
  const tell = useEffectEvent((changes: readonly Change[]) => onChanges?.(changes));
  const { subscribe } = live;
  useEffect(() => subscribe(tell), [subscribe]);
  return live;
}
