import { type Kernel, newId } from '#kernel';
import { LEASE, registerNode, RENEW_EVERY, renewLease, SILENCE } from '../node.ts';

/** This process as one node among others: who it is, and what it may do by how fresh its lease is. */
export interface NodeLease {
  readonly id: string;
  /** Enters the process as a new incarnation. */
  register(): Promise<void>;
  /**
   * Renews.
   * @returns undefined when this incarnation was declared dead, else the runs that somebody wants to cancel
   * @throws when the database does not answer in time
   */
  renew(): Promise<string[] | undefined>;
  /** The database has not answered for so long that another node may take over what runs here. */
  isSilent(): boolean;
  /** Others are judged only by who held its own lease without a break: a database that was away is nobody's death. */
  mayJudge(): boolean;
}

/** A renewal that takes longer has failed, in milliseconds. */
const PATIENCE = 10_000;
/** Renewals further apart than this are a break. */
const BREAK = 2 * RENEW_EVERY;

export function openLease(kernel: Kernel): NodeLease {
  const { clock, config } = kernel;
  let id = newId(clock.now());
  let since = clock.now();
  let answered = since;

  return {
    get id() {
      return id;
    },
    async register() {
      id = newId(clock.now());
      await registerNode(kernel, { id, kind: 'local', home: config.home, tags: config.worker_tags });
      since = clock.now();
      answered = since;
    },
    async renew() {
      const patience = new AbortController();
      const tooLong = clock.wait(PATIENCE, patience.signal).then(() => 'too long' as const);
      const answer = await Promise.race([renewLease(kernel, id), tooLong]).finally(() => patience.abort());
      if (answer === 'too long') throw new Error('The database does not answer.');
      const now = clock.now();
      if (now - answered > BREAK || now < answered) since = now;
      answered = now;
      return answer;
    },
    isSilent: () => clock.now() - answered > SILENCE,
    mayJudge: () => clock.steady() && clock.now() - since >= LEASE && clock.now() - answered <= BREAK,
  };
}
