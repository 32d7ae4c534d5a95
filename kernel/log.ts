import { type Logger, pino } from 'pino';

declare global {
  interface AlmanacKernel {
    log: Log;
  }
}

export type Log = Logger;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Structured log on standard error: standard output belongs to answers (`--json`). */
export function openLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 2, sync: true });
  // Whoever read the log has gone: work goes on.
  destination.on('error', () => {});
  return pino(
    {
      level,
      serializers: { err: describeError, error: describeError },
      redact: {
        paths: ['password', 'token', 'secret', 'authorization', '*.password', '*.token', '*.secret', '*.authorization'],
        censor: '[redacted]',
      },
    },
    destination,
  );
}

/** What a reader of the log needs of an error; a driver's error also carries its whole connection. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name: type, message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return { type, message, ...code, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}
