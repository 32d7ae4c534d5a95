import { Problem } from '../problem.ts';

/** Counts the open event streams of this node, so that nobody holds all of its memory and connections. */
export interface OpenStreams {
  /** @returns gives the place back, once @throws Problem 429 with the seconds to wait */
  enter(principalId: string): () => void;
}

const MOST_OF_ONE = 64;
const MOST = 1000;
/** When a refused client may try again, in seconds. */
const RETRY_AFTER = 30;

/** @param mostOfOne open streams of one principal @param most open streams of everybody */
export function limitStreams(mostOfOne = MOST_OF_ONE, most = MOST): OpenStreams {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    enter(principalId) {
      const own = counts.get(principalId) ?? 0;
      if (own >= mostOfOne) throw tooMany(`You have ${own} open streams, which is the most.`);
      if (all >= most) throw tooMany(`This node has ${all} open streams, which is the most.`);
      counts.set(principalId, own + 1);
      all++;
      let entered = true;
      return () => {
        if (!entered) return;
        entered = false;
        all--;
        const left = (counts.get(principalId) ?? 1) - 1;
        if (left === 0) counts.delete(principalId);
        else counts.set(principalId, left);
      };
    },
  };
}

function tooMany(detail: string): Problem {
  return new Problem(429, 'too_many_streams', detail, {
    hint: 'Close pages or programs that follow changes, or try again later.',
    extra: { retry_after: RETRY_AFTER },
  });
}
