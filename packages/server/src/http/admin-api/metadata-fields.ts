import { ERRORS } from '../../errors.ts';
import { datasourceView, fieldView } from '../../metadata/fields.ts';
import type { Call, Operation } from '../operation.ts';

/** The body's members as they came; a JSON `null` clears a property. */
const inputOf = ({ params }: Call) => ({
  ...params.raw(),
  ...Object.fromEntries(params.nulls().map((name) => [name, null])),
});

const all = async ({ app, cloud, params }: Call) => {
  const ids = params.list('external_ids', { commas: true });
  const fields = await app.metadata.fields(cloud);
  return {
    metadata_fields: fields.filter(({ external_id }) => ids === undefined || ids.includes(external_id)).map(fieldView),
  };
};

const idsOf = ({ params }: Call): string[] => {
  const ids = params.list('external_ids');
  if (ids === undefined) throw ERRORS.MissingParameter('external_ids');
  return ids;
};

const ORDERS = ['label', 'external_id', 'created_at'] as const;

const directionOf = ({ params }: Call): 'asc' | 'desc' => {
  const direction = params.text('direction') ?? 'asc';
  if (direction !== 'asc' && direction !== 'desc') throw ERRORS.InvalidParameter('direction', direction);
  return direction;
};

const operation = (
  name: string,
  method: Operation['method'],
  path: Operation['path'],
  handle: Operation['handle'],
  access?: Operation['access'],
): Operation => ({ name, method, path, handle, ...(access === undefined ? {} : { access }) });

/** Whole-value or part of it, in any case. */
const fits = (value: string, term: string, exact: boolean): boolean =>
  exact ? value.toLowerCase() === term.toLowerCase() : value.toLowerCase().includes(term.toLowerCase());

/** The Metadata API's fields and their lists. */
export const metadataFieldOperations: readonly Operation[] = [
  operation('list_metadata_fields', 'GET', '/metadata_fields', all),
  operation('add_metadata_field', 'POST', '/metadata_fields', async (call) =>
    fieldView(await call.app.metadata.createField(call.cloud, inputOf(call))),
  ),
  operation('reorder_metadata_fields', 'PUT', '/metadata_fields/order', async (call) => {
    const by = call.params.required('order_by') as (typeof ORDERS)[number];
    if (!ORDERS.includes(by)) throw ERRORS.InvalidParameter('order_by', by);
    await call.app.metadata.orderFields(call.cloud, by, directionOf(call));
    return all(call);
  }),
  operation(
    'search_datasources',
    'POST',
    '/metadata_fields/datasource/search',
    async ({ app, cloud, params }) => {
      const term = params.required('term');
      const max = params.integer('max_results', { min: 1 }) ?? 100;
      const found = (await app.metadata.fields(cloud)).flatMap(({ external_id, datasource = [] }) =>
        datasource
          .filter(({ state, value }) => state === 'active' && fits(value, term, false))
          .map((entry) => ({ field_id: external_id, id: entry.external_id, value: entry.value })),
      );
      return found.slice(0, max);
    },
    'read',
  ),
  operation('metadata_field', 'GET', '/metadata_fields/:id', async ({ app, cloud, path }) =>
    fieldView(await app.metadata.field(cloud, path.id!)),
  ),
  operation('update_metadata_field', 'PUT', '/metadata_fields/:id', async (call) =>
    fieldView(await call.app.metadata.updateField(call.cloud, call.path.id!, inputOf(call))),
  ),
  operation('delete_metadata_field', 'DELETE', '/metadata_fields/:id', async ({ app, cloud, path }) => {
    await app.metadata.deleteField(cloud, path.id!);
    return { message: 'ok' };
  }),
  operation('reorder_metadata_field', 'PUT', '/metadata_fields/:id/reorder', async (call) => {
    const position = call.params.integer('position', { min: 0 });
    if (position === undefined) throw ERRORS.MissingParameter('position');
    await call.app.metadata.moveField(call.cloud, call.path.id!, position);
    return all(call);
  }),
  operation('update_datasource', 'PUT', '/metadata_fields/:id/datasource', async ({ app, cloud, path, params }) => {
    if (!params.has('values')) throw ERRORS.MissingParameter('values');
    return datasourceView(await app.metadata.updateEntries(cloud, path.id!, [params.raw().values].flat()));
  }),
  operation('delete_datasource_entries', 'DELETE', '/metadata_fields/:id/datasource', async (call) =>
    datasourceView(await call.app.metadata.deleteEntries(call.cloud, call.path.id!, idsOf(call))),
  ),
  operation(
    'restore_datasource',
    'POST',
    ['/metadata_fields/:id/datasource_restore', '/metadata_fields/:id/datasource/restore'],
    async (call) => datasourceView(await call.app.metadata.restoreEntries(call.cloud, call.path.id!, idsOf(call))),
  ),
  operation('reorder_datasource', ['POST', 'PUT'], '/metadata_fields/:id/datasource/order', async (call) => {
    const by = call.params.text('order_by') ?? 'value';
    if (by !== 'value') throw ERRORS.InvalidParameter('order_by', by);
    return datasourceView(await call.app.metadata.orderEntries(call.cloud, call.path.id!, directionOf(call)));
  }),
  operation(
    'search_datasource',
    'POST',
    '/metadata_fields/:id/datasource/search',
    async ({ app, cloud, path, params }) => {
      const field = await app.metadata.field(cloud, path.id!);
      const [term, exact] = [params.text('term') ?? '', params.flag('exact_match') ?? false];
      return datasourceView(
        (field.datasource ?? [])
          .filter(({ value }) => fits(value, term, exact))
          .slice(0, params.integer('max_results', { min: 1 }) ?? 255),
      );
    },
    'read',
  ),
];
