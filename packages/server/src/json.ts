import { ERRORS } from './errors.ts';

/** No call has more than a handful; what walks through a value does so by recursion. */
const MOST_NESTED = 100;

/**
 * JSON that a client sent.
 *
 * @throws Error with a text for the client when it is none, or is nested more than 100 deep
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isNested(value, MOST_NESTED)) throw new Error(`nested more than ${MOST_NESTED} deep`);
  return value;
}

const isNested = (value: unknown, left: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (left === 0 || Object.values(value).some((item) => isNested(item, left - 1)));

/**
 * A request body in JSON: parameters by name.
 *
 * @throws 400 when it is no JSON, or no object
 */
export function parseJsonBody(body: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseJson(body);
  } catch (error) {
    throw ERRORS.BadRequest(`Expected JSON in the request body: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw ERRORS.BadRequest('Expected a JSON object in the request body');
  return parsed as Record<string, unknown>;
}
