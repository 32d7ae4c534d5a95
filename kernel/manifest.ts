import { authRoutes } from './auth/routes.ts';
import { streamRoutes } from './events/routes.ts';
import { documentRoutes } from './http/documents.ts';
import { healthRoutes } from './http/health.ts';
import { defineModule } from './modules/module.ts';
import { moduleRoutes } from './modules/routes.ts';

export default defineModule({
  name: 'kernel',
  version: '0.1.0',
  summary: 'Accounts, teams, tokens, events and the module registry',
  needs: [],
  installable: false,
  autoInstall: true,
  removable: false,
  migrations: new URL('./db/migrations/', import.meta.url),
  permissions: {
    'kernel.tokens': { summary: 'Create and revoke API tokens of the team', roles: ['owner', 'admin'] },
    'kernel.members': { summary: 'See and add members of the team', roles: ['owner', 'admin'] },
    'kernel.watch': {
      summary: 'Follow live changes',
      roles: ['owner', 'admin', 'operator', 'member', 'viewer', 'agent'],
    },
  },
  offers: ['kernel.readiness'],
  routes: [...healthRoutes, ...authRoutes, ...moduleRoutes, ...streamRoutes, ...documentRoutes],
});
