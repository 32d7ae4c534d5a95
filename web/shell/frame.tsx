import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { CircleX } from 'lucide-react';
import type { ReactElement } from 'react';
import { ApiProblem } from '../api/client.ts';
import type { Me } from '../api/types.ts';
import { LiveContext } from '../kit/app/live.ts';
import { MeContext } from '../kit/app/me.ts';
import { Button } from '../kit/button.tsx';
import { Empty } from '../kit/empty.tsx';
import { BottomBar } from './bottom-bar.tsx';
import { useLiveConnection } from './live-connection.ts';
import { meQuery, modulesQuery, navigationFor } from './modules.ts';
import { Rail } from './rail.tsx';
import { SignIn } from './door/sign-in.tsx';

/** Everything behind the sign-in. Without a session the sign-in page stands at the same address. */
export function Frame(): ReactElement {
  const me = useQuery(meQuery);
  if (me.data) return <SignedIn me={me.data} />;
  if (me.isPending) return <output aria-label="Loading" />;
  if (me.error instanceof ApiProblem && me.error.status === 401) return <SignIn />;
  return (
    <Empty
      top
      icon={CircleX}
      title="Almanac cannot be reached"
      action={<Button onClick={() => void me.refetch()}>Try again</Button>}
    >
      {me.error.message}
    </Empty>
  );
}

function SignedIn({ me }: { readonly me: Me }): ReactElement {
  const live = useLiveConnection();
  const modules = useQuery(modulesQuery);
  const navigation = navigationFor(modules.data ?? [], me);
  return (
    <MeContext value={me}>
      <LiveContext value={live}>
        <a
          href="#page"
          className="sr-only z-50 rounded-control bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to the page
        </a>
        <div className="flex h-dvh max-md:flex-col">
          <Rail navigation={navigation} />
          <main id="page" tabIndex={-1} className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none">
            <Outlet />
          </main>
          <BottomBar navigation={navigation} />
        </div>
      </LiveContext>
    </MeContext>
  );
}
