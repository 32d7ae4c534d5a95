import { eventStream } from '../http/stream.ts';
import { defineRoute, type Route } from '../http/route.ts';

const follow = defineRoute(
  'kernel.watch',
  { method: 'get', path: '/events/stream', summary: 'Live changes as Server-Sent Events; resumes by Last-Event-ID' },
  ({ caller, kernel, request, remote }) =>
    eventStream(request, kernel.clock, async (sink) => {
      const { epoch, seq } = kernel.live.position();
      const since = request.headers.get('last-event-id') ?? undefined;
      // Who comes back has not heard yet what lies between: the position stays theirs until it is told.
      sink.send({ ...(since === undefined ? { id: `${epoch}:${seq}` } : {}), event: 'hello', data: { epoch, seq } });
      // Signing out or losing the membership ends the stream at its next keep-alive.
      sink.beforeKeepAlive(async () => void (await kernel.auth.identify(request, remote)));
      return kernel.live.subscribe(caller.teamId, since, (message) => {
        if (message.kind === 'resync') sink.send({ id: message.id, event: 'resync', data: {} });
        else sink.send({ id: message.id, event: 'changed', data: { ...message.change, rev: message.rev } });
      });
    }),
);

export const streamRoutes: readonly Route[] = [follow];
