import { ERRORS } from '../errors.ts';
import { checkWebhookUrl } from '../jobs/webhook-url.ts';
import { parseJson } from '../json.ts';

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/**
 * The parameters of a call, however an SDK wrote them: query string, urlencoded, multipart or JSON; lists as `k[]`,
 * `k[0]`, a repeated `k`, a JSON array or a comma list; booleans as `true`, `1`, `"1"`; a blank value or `null` means
 * "not given" (admin-api encodings of the official SDKs, `lib/api_client/call_api.js` and its peers).
 */
export class Parameters {
  readonly #values = new Map<string, unknown[]>();
  readonly #nulls = new Set<string>();
  readonly #blanks = new Set<string>();
  readonly #lists = new Set<string>();

  /** Adds one value as received; later ones of the same name are further items of the list. */
  add(name: string, value: unknown): this {
    if (value === null) this.#nulls.add(name);
    if (value === '') this.#blanks.add(name);
    if (value === null || value === undefined || value === '') return this;
    const key = name.replace(/\[\d*\]$/, '');
    const items = Array.isArray(value)
      ? value.filter((item) => item !== null && item !== undefined && item !== '')
      : [value];
    if (items.length === 0) return this;
    if (key !== name || Array.isArray(value) || this.#values.has(key)) this.#lists.add(key);
    const known = this.#values.get(key);
    if (known === undefined) this.#values.set(key, [...items]);
    else known.push(...items);
    return this;
  }

  /** Takes over all of `others`; what was there under their names is replaced (a body wins over the query string). */
  override(others: Parameters): this {
    for (const [name, items] of others.#values) {
      this.#values.set(name, items);
      if (others.#lists.has(name)) this.#lists.add(name);
      else this.#lists.delete(name);
    }
    for (const name of others.#nulls) this.#nulls.add(name);
    for (const name of others.#blanks) this.#blanks.add(name);
    return this;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A JSON `null` came: the few operations that clear a property by it ask; for all others it means "not given". */
  isNull(name: string): boolean {
    return this.#nulls.has(name) && !this.#values.has(name);
  }

  /** A blank came: `update` clears a property by it; for all other operations it means "not given". */
  isBlank(name: string): boolean {
    return this.#blanks.has(name) && !this.#values.has(name);
  }

  nulls(): string[] {
    return [...this.#nulls];
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** The value as text; several are joined with commas, objects become JSON. */
  text(name: string): string | undefined {
    const items = this.#values.get(name);
    return items?.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(',');
  }

  /** An address for notifications. @throws 400 when it is none */
  webhook(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : checkWebhookUrl(value, name);
  }

  /** @throws 400 `Missing required parameter - <name>` */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw ERRORS.MissingParameter(name);
    return value;
  }

  /** A list; a single text is one item unless `commas` says that it may be a comma list. */
  list(name: string, { commas = false } = {}): string[] | undefined {
    const items = this.#values
      .get(name)
      ?.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)));
    return commas
      ? items
          ?.flatMap((item) => item.split(','))
          .map((item) => item.trim())
          .filter(Boolean)
      : items;
  }

  /**
   * A list of IDs, which may hold commas themselves: those of a list are left alone, and one plain text is taken apart
   * (the Go SDK joins every list of the Admin API, `CldAPIArray`).
   */
  ids(name: string): string[] | undefined {
    return this.list(name, { commas: !this.#lists.has(name) });
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const flag = BOOLEANS[value.toLowerCase()];
    if (flag === undefined) throw ERRORS.InvalidParameter(name, value);
    return flag;
  }

  integer(name: string, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < min || number > max) throw ERRORS.InvalidParameter(name, value);
    return number;
  }

  /** A structured value: already parsed when the body was JSON, JSON text otherwise. */
  json(name: string): unknown {
    const items = this.#values.get(name);
    if (items === undefined) return undefined;
    if (items.length > 1 || typeof items[0] !== 'string') return items.length > 1 ? items : items[0];
    try {
      return parseJson(items[0]);
    } catch {
      throw ERRORS.InvalidParameter(name, items[0]);
    }
  }

  /** Name → value as received (one value, or an array). */
  raw(): Record<string, unknown> {
    return Object.fromEntries([...this.#values].map(([name, items]) => [name, items.length === 1 ? items[0] : items]));
  }
}
