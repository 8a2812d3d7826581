/** One field as it came over the wire: name and value, in the order received. */
export type Field = readonly [name: string, value: unknown];

/**
 * Makes one set of parameters from the fields of query, form and JSON body, ready for `verifyUpload`: `name[]` and
 * `name[0]` become `name`, repeats are joined by commas in the order received, text stays as it came, JSON scalars are
 * written as JavaScript writes them and JSON arrays are joined by commas. Null is left out. A JSON object becomes its
 * JSON text (inferred: no SDK sends one signed).
 */
export function collectParams(fields: Iterable<Field> | Readonly<Record<string, unknown>>): Record<string, string> {
  const collected = new Map<string, string>();
  const entries = Symbol.iterator in fields ? (fields as Iterable<Field>) : Object.entries(fields);
  for (const [name, value] of entries) {
    const text = fieldText(value);
    if (text === undefined) continue;
    const key = bareName(name);
    const before = collected.get(key);
    collected.set(key, before === undefined ? text : `${before},${text}`);
  }
  // Not an assignment in a loop: `__proto__` as a name must stay data.
  return Object.fromEntries(collected);
}

/** `public_ids[]` and `public_ids[12]` are both `public_ids`; other brackets are part of the name. */
export function bareName(name: string): string {
  if (!name.endsWith(']')) return name;
  const bare = name.replace(/\[\d*\]$/, '');
  return bare === '' ? name : bare;
}

function fieldText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item) => fieldText(item) ?? '').join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
