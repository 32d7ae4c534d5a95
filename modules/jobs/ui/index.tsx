import { ListChecks } from 'lucide-react';
import type { ModuleUi } from '../../../web/kit/app/module-ui.ts';

export default {
  module: 'jobs',
  pages: [{ path: '/jobs', title: 'Jobs', permission: 'jobs.read', load: () => import('./page.tsx') }],
  navigation: [{ label: 'Jobs', icon: ListChecks, to: '/jobs', order: 20, permission: 'jobs.read' }],
} satisfies ModuleUi;
