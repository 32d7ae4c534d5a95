import { type Logger, pino } from 'pino';

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
      redact: {
        paths: ['password', 'token', 'secret', 'authorization', '*.password', '*.token', '*.secret', '*.authorization'],
        censor: '[redacted]',
      },
    },
    destination,
  );
}
