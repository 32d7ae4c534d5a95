import { CalendarDays } from 'lucide-react';
import type { ModuleUi } from '../../../web/kit/app/module-ui.ts';

export default {
  module: 'calendar',
  pages: [{ path: '/', title: 'Calendar', permission: 'calendar.read', load: () => import('./page.tsx') }],
  navigation: [{ label: 'Calendar', icon: CalendarDays, to: '/', order: 10, permission: 'calendar.read' }],
} satisfies ModuleUi;
