import { useQuery } from '@tanstack/react-query';
import { CatchBoundary } from '@tanstack/react-router';
import { Lock, Unplug } from 'lucide-react';
import { lazy, type ReactElement, Suspense, useEffect } from 'react';
import { useMe } from '../kit/app/me.ts';
import type { ModuleUi, PageEntry } from '../kit/app/module-ui.ts';
import { Empty } from '../kit/empty.tsx';
import { Skeleton } from '../kit/skeleton.tsx';
import { PageFailed } from './failed.tsx';
import { mayUse, modulesQuery } from './modules.ts';

/** Makes the component of one page: loaded when opened, shown when its module is live and the permission fits. */
export function ModulePage(ui: ModuleUi, page: PageEntry): () => ReactElement {
  const Loaded = lazy(async () => ({ default: (await page.load()).Page }));
  return function Mounted(): ReactElement {
    const me = useMe();
    const modules = useQuery(modulesQuery);
    useEffect(() => {
      document.title = `${page.title} · Almanac`;
    }, []);
    if (!modules.data) return <Skeleton rows={6} label="Loading" />;
    if (!modules.data.includes(ui.module)) {
      return (
        <Empty top icon={Unplug} title={`The module ${ui.module} is not installed`}>
          An administrator can install it with{' '}
          <code className="font-mono text-12">almanac modules install {ui.module}</code>.
        </Empty>
      );
    }
    if (!mayUse(me, page.permission)) {
      return (
        <Empty top icon={Lock} title="You may not see this page">
          It needs the permission {page.permission}. Your role in {me.team.name} is {me.role}.
        </Empty>
      );
    }
    return (
      <CatchBoundary getResetKey={() => page.path} errorComponent={PageFailed}>
        <Suspense fallback={<Skeleton rows={6} label="Loading" />}>
          <Loaded />
        </Suspense>
      </CatchBoundary>
    );
  };
}
