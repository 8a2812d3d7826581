import { createRequire } from 'node:module';
import { destination, type Logger, pino } from 'pino';
import type pinoPretty from 'pino-pretty';

export type Log = Logger;

/** Names under which a secret could reach a log line; their values are replaced. */
const SECRET_PATHS = [
  'api_secret',
  '*.api_secret',
  'secret',
  '*.secret',
  'signature',
  '*.signature',
  'token',
  '*.token',
  'authorization',
  '*.authorization',
  'headers.cookie',
  'password',
];

/** @param format `auto`: pretty on a terminal, JSON lines otherwise. Logs go to standard error: standard output is for the ready line. */
export function createLog(level: string, format: string): Log {
  const options = {
    level,
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const human = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  return human
    ? pino(
        options,
        // Only a person at a terminal needs it.
        (createRequire(import.meta.url)('pino-pretty') as typeof pinoPretty)({
          destination: 2,
          colorize: process.stderr.isTTY === true,
          translateTime: 'SYS:HH:MM:ss',
          ignore: 'pid,hostname',
          singleLine: true,
          sync: true,
        }),
      )
    : pino(options, destination({ dest: 2, sync: false }));
}
