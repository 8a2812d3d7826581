import { Readable } from 'node:stream';
import type { Selectable } from 'kysely';
import type { App } from '../../app.ts';
import { isoTime } from '../../assets/view.ts';
import type { AuditTable } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import type { Operation } from '../operation.ts';

type Row = Selectable<AuditTable>;

const view = ({ id: _id, cloud: _cloud, at, parameters, ...row }: Row) => ({
  at: isoTime(at),
  ...row,
  parameters: JSON.parse(parameters) as string[],
});

const COLUMNS = [
  'at',
  'actor_type',
  'actor',
  'operation',
  'target',
  'parameters',
  'status',
  'request_id',
  'address',
] as const;

/** RFC 4180. */
const csvLine = (values: readonly unknown[]): string =>
  `${values.map((value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value))).join(',')}\r\n`;

/** How a whole trail is written, one line for each entry. */
const FORMATS: Readonly<Record<string, { type: string; head: string; line: (row: Row) => string }>> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    head: csvLine(COLUMNS),
    line: (row) => {
      const entry = { ...view(row), parameters: view(row).parameters.join(' ') };
      return csvLine(COLUMNS.map((name) => entry[name]));
    },
  },
  ndjson: { type: 'application/x-ndjson', head: '', line: (row) => `${JSON.stringify(view(row))}\n` },
};

async function* lines(app: App, cloud: string, operation: string | undefined, format: (typeof FORMATS)[string]) {
  if (format.head !== '') yield format.head;
  let before: number | undefined;
  for (;;) {
    const rows = await app.audit.list(cloud, { limit: 500, before, operation });
    if (rows.length === 0) return;
    yield rows.map(format.line).join('');
    before = rows.at(-1)!.id;
  }
}

/**
 * Who changed what, the newest first; not part of the cloud's Admin API. `next_cursor` is the id of the last entry;
 * `format=csv` or `ndjson` exports everything at once.
 */
export const audit: Operation = {
  name: 'audit',
  method: 'GET',
  path: '/audit',
  async handle({ app, cloud, params, reply }) {
    const operation = params.text('operation');
    const wanted = params.text('format') ?? 'json';
    if (wanted !== 'json') {
      const format = Object.hasOwn(FORMATS, wanted) ? FORMATS[wanted]! : undefined;
      if (format === undefined)
        throw ERRORS.BadRequest(`Expected json, csv or ndjson as format but received ${wanted}`);
      reply.type(format.type).send(Readable.from(lines(app, cloud.name, operation, format)));
      return undefined;
    }
    const limit = params.integer('max_results', { min: 1, max: 500 }) ?? 50;
    const before = params.integer('next_cursor', { min: 1 });
    const rows = await app.audit.list(cloud.name, { limit, before, operation });
    return {
      entries: rows.map(view),
      ...(rows.length === limit ? { next_cursor: String(rows.at(-1)!.id) } : {}),
    };
  },
};
