import { ERRORS } from '../errors.ts';

export interface AccessRule {
  readonly access_type: 'token' | 'anonymous';
  readonly key?: string;
  readonly start?: string;
  readonly end?: string;
}

/** Any date text a client may send, as UTC without fraction: `2019-02-22 16:20:57 +0200` → `2019-02-22T14:20:57Z`. */
function utc(value: unknown): string {
  const date = new Date(String(value));
  if (Number.isNaN(date.getTime())) throw ERRORS.InvalidParameter('access_control', String(value));
  return `${date.toISOString().slice(0, 19)}Z`;
}

/**
 * `access_control`: an array of rules (the SDKs also send one rule alone), at most one of them anonymous.
 *
 * @throws 400 naming what is wrong
 */
export function readAccessControl(value: unknown): AccessRule[] {
  const rules = Array.isArray(value) ? value : [value];
  const read = rules.map((rule: unknown): AccessRule => {
    if (typeof rule !== 'object' || rule === null)
      throw ERRORS.InvalidParameter('access_control', JSON.stringify(value));
    const { access_type, key, start, end } = rule as Record<string, unknown>;
    if (access_type !== 'token' && access_type !== 'anonymous')
      throw ERRORS.InvalidParameter('access_control', JSON.stringify(value));
    return {
      access_type,
      ...(access_type === 'token' && typeof key === 'string' ? { key } : {}),
      ...(access_type === 'anonymous' && start ? { start: utc(start) } : {}),
      ...(access_type === 'anonymous' && end ? { end: utc(end) } : {}),
    };
  });
  if (read.filter(({ access_type }) => access_type === 'anonymous').length > 1)
    throw ERRORS.BadRequest('Expected at most one anonymous rule in access_control');
  return read;
}

/** May somebody without a token see it now? Without rules everybody may. */
export function isAnonymousAllowed(rules: readonly AccessRule[], now: number): boolean {
  if (rules.length === 0) return true;
  return rules.some(
    ({ access_type, start, end }) =>
      access_type === 'anonymous' &&
      (start === undefined || now >= Date.parse(start)) &&
      (end === undefined || now < Date.parse(end)),
  );
}
