import { useSyncExternalStore } from 'react';

/** Below this many pixels the page is a phone's: lists, bottom sheets, large targets. */
const query = globalThis.matchMedia?.('(max-width: 767px)');

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query?.addEventListener('change', listener);
      return () => query?.removeEventListener('change', listener);
    },
    () => query?.matches ?? false,
  );
}
