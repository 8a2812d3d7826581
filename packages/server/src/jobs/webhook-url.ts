import { ERRORS } from '../errors.ts';

/**
 * An address that can be told something: `http(s)://…`, or `poll://<channel>` for who asks himself.
 *
 * @throws 400 `Invalid value <v> for parameter <name>`; a job that can never succeed is not begun
 */
export function checkWebhookUrl(value: string, name: string): string {
  if (!/^(?:https?|poll):\/\//i.test(value) || !URL.canParse(value)) throw ERRORS.InvalidParameter(name, value);
  return value;
}
