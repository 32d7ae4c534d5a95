import { defineModule } from '#kernel';
import { calendarSource } from './calendar-source.ts';
import { carryOutJobs } from './carry-out.ts';
import { importRoutes } from './crontab/routes.ts';
import { openAddressGuard } from './http/address-guard.ts';
import { routes } from './routes.ts';

export default defineModule({
  name: 'jobs',
  version: '0.1.0',
  summary: 'Commands and HTTP requests on a schedule, and the import of crontabs',
  needs: ['engine'],
  installable: false,
  autoInstall: true,
  removable: false,
  migrations: new URL('./migrations/', import.meta.url),
  permissions: {
    'jobs.read': { summary: 'See jobs', roles: ['owner', 'admin', 'operator', 'member', 'viewer', 'agent'] },
    'jobs.write': { summary: 'Make, change and delete jobs', roles: ['owner', 'admin', 'operator'] },
    'jobs.command': { summary: 'Write commands, which run on this machine', roles: ['owner', 'admin'] },
  },
  // A setting that cannot be read stops the start, not each run.
  prepare: ({ config }) => Promise.resolve(void openAddressGuard(config.http_allow)),
  fills: {
    'calendar.source': () => [calendarSource],
    'engine.carry_out': ({ config }) => [{ module: 'jobs', carryOut: carryOutJobs(config.http_allow) }],
  },
  routes: [...routes, ...importRoutes],
});
