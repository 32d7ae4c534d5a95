import type { Auth } from './auth/auth.ts';
import type { Tasks } from './background/tasks.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { Events } from './events/events.ts';
import type { LiveStream } from './events/live.ts';
import type { Signals } from './events/signals.ts';
import type { Log } from './log.ts';
import type { Registry } from './modules/registry.ts';

/** What every room above stands on. */
export interface Kernel {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly db: Database;
  readonly signals: Signals;
  readonly events: Events;
  readonly live: LiveStream;
  readonly tasks: Tasks;
  readonly auth: Auth;
  readonly modules: Registry;
}
