import { defineModule } from '#kernel';
import { startEngine } from './worker/effects.ts';
import { events } from './ledger/changes.ts';
import { ensureMonths } from './ledger/partitions.ts';
import { readiness } from './worker/readiness.ts';
import { routes } from './routes.ts';

export default defineModule({
  name: 'engine',
  version: '0.1.0',
  summary: 'Triggers, occurrences and runs: decides what is due, starts it, writes one outcome',
  needs: ['kernel'],
  installable: false,
  autoInstall: true,
  removable: false,
  migrations: new URL('./migrations/', import.meta.url),
  permissions: {
    'engine.read': {
      summary: 'See runs and their output',
      roles: ['owner', 'admin', 'operator', 'member', 'viewer', 'agent'],
    },
    'engine.operate': { summary: 'Run now, cancel, pause and resume', roles: ['owner', 'admin', 'operator'] },
    'engine.audit': { summary: 'Read the audit and check the ledger', roles: ['owner', 'admin'] },
  },
  events,
  offers: ['engine.carry_out'],
  fills: { 'kernel.readiness': readiness },
  routes,
  prepare: ensureMonths,
  start: startEngine,
});
