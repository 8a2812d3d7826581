import { unixNow } from '../verify-upload.ts';
import type { Candidates, Mistake, Received } from './types.ts';

const time = (id: string, sentence: string, repair: string): Mistake => ({
  id,
  names: ['timestamp'],
  sentence,
  repair,
});

const CLOCK = 'set the clock of the signing machine (NTP) and take the time in Unix seconds, UTC';

/**
 * Is the timestamp that arrived good for now? A signature can be right and still be refused. Silent when the mistakes
 * already found are about the timestamp.
 */
export function timeMistakes({ pairs }: Received, candidates: Candidates, found: readonly Mistake[]): Mistake[] {
  const known = ({ id, names }: Mistake): boolean =>
    id.startsWith('timestamp-') || (id === 'signed-not-sent' && names.includes('timestamp'));
  if (found.some(known)) return [];
  const { now = unixNow(), maxAge = 3600, toleranceFuture = 300 } = candidates;
  const text = pairs.find(([name]) => name === 'timestamp')?.[1];
  if (text === undefined)
    return [time('timestamp-missing', 'there is no timestamp', 'sign and send timestamp, the Unix time in seconds')];
  if (!/^\d{1,15}(\.\d+)?$/.test(text)) {
    return [
      time('timestamp-malformed', 'the timestamp is not a number of seconds', 'use Math.floor(Date.now() / 1000)'),
    ];
  }
  const seconds = Number(text);
  if (seconds > 1e11) {
    return [
      time('timestamp-milliseconds', 'the timestamp is in milliseconds', 'use seconds: Math.floor(Date.now() / 1000)'),
    ];
  }
  const age = now - seconds;
  if (age > maxAge) {
    const over = Math.ceil((age - maxAge) / 60);
    return [
      time(
        'stale',
        `the signature is stale by ${over} min (signed ${Math.floor(age / 60)} min ago)`,
        'sign again right before sending',
      ),
    ];
  }
  if (-age > toleranceFuture) {
    return [time('clock-ahead', `the timestamp lies ${Math.ceil(-age / 60)} min ahead of the server's clock`, CLOCK)];
  }
  return [];
}
