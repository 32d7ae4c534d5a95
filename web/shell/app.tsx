import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Tooltip } from 'radix-ui';
import type { ReactElement } from 'react';
import { ApiProblem } from '../api/client.ts';
import { router } from './router.tsx';
import { Toasts } from './toasts.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; only what may pass is tried again.
      retry: (count, problem) =>
        count < 2 && (!(problem instanceof ApiProblem) || problem.status === 0 || problem.status >= 500),
      retryDelay: (count) => 500 * 2 ** count,
    },
  },
});

export function App(): ReactElement {
  return (
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delayDuration={350} skipDelayDuration={200}>
        <RouterProvider router={router} />
        <Toasts />
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}
