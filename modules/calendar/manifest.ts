import { defineModule } from '#kernel';
import { routes } from './routes.ts';

export default defineModule({
  name: 'calendar',
  version: '0.1.0',
  summary: 'One calendar over every source: feed, event details, actions',
  needs: ['engine'],
  installable: false,
  autoInstall: true,
  removable: false,
  permissions: {
    'calendar.read': {
      summary: 'See the calendar',
      roles: ['owner', 'admin', 'operator', 'member', 'viewer', 'agent'],
    },
  },
  offers: ['calendar.source'],
  routes,
});
