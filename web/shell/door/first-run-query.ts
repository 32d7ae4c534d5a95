import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../../api/client.ts';

/** Whether the owner account is still to be made. */
export const firstRunQuery = queryOptions({
  queryKey: ['first-run'],
  queryFn: () => read(api.GET('/api/v1/first-run')),
  retry: false,
});
