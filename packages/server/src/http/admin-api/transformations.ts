import { derivedItem } from '../../assets/admin/details.ts';
import { ERRORS } from '../../errors.ts';
import {
  createTransformation,
  deleteTransformation,
  derivedOf,
  listTransformations,
  requireTransformation,
  transformationInfo,
  transformationItem,
  updateTransformation,
} from '../../transformations/transformations.ts';
import type { Call, Operation } from '../operation.ts';
import { pageOf, viewOf, withCursor } from './support.ts';

/** By parameter (all SDKs) or in the path (`/transformations/:transformation`). */
const given = (call: Call): string => {
  const name = call.path.rest ?? call.params.text('transformation');
  if (name === undefined) throw ERRORS.MissingParameter('transformation');
  return name;
};

async function details(call: Call): Promise<Record<string, unknown>> {
  const { app, cloud, params } = call;
  const row = await requireTransformation(app, cloud, given(call));
  const context = await viewOf(call);
  const { items, nextCursor } = await derivedOf(app, cloud, row, pageOf(params));
  return withCursor(
    {
      ...transformationItem(row),
      info: transformationInfo(row),
      derived: items.map(({ derived, asset }) => {
        const { transformation: _same, ...item } = derivedItem(derived, asset, context);
        return { public_id: asset.public_id, resource_type: asset.resource_type, type: asset.type, ...item };
      }),
    },
    nextCursor,
  );
}

/** One path for the list and for one of them: the parameter decides. */
export const transformations: Operation = {
  name: 'transformations',
  method: 'GET',
  path: '/transformations',
  async handle(call) {
    const { app, cloud, params } = call;
    if (params.has('transformation')) return details(call);
    const { rows, nextCursor } = await listTransformations(app, cloud, pageOf(params), params.flag('named'));
    return withCursor({ transformations: rows.map(transformationItem) }, nextCursor);
  },
};

export const transformation: Operation = {
  name: 'transformation',
  method: 'GET',
  path: '/transformations/*',
  handle: details,
};

export const createTransformationOperation: Operation = {
  name: 'create_transformation',
  method: 'POST',
  path: ['/transformations', '/transformations/*'],
  async handle({ app, cloud, params, path }) {
    await createTransformation(app, cloud, {
      name: params.text('name') ?? path.rest ?? params.required('name'),
      definition: params.required('transformation'),
      allowedForStrict: params.flag('allowed_for_strict') ?? true,
    });
    return { message: 'created' };
  },
};

export const updateTransformationOperation: Operation = {
  name: 'update_transformation',
  method: 'PUT',
  path: ['/transformations', '/transformations/*'],
  async handle(call) {
    const { app, cloud, params } = call;
    await updateTransformation(app, cloud, given(call), {
      allowedForStrict: params.flag('allowed_for_strict'),
      unsafeUpdate: params.text('unsafe_update'),
    });
    return { message: 'updated' };
  },
};

export const deleteTransformationOperation: Operation = {
  name: 'delete_transformation',
  method: 'DELETE',
  path: ['/transformations', '/transformations/*'],
  async handle(call) {
    await deleteTransformation(call.app, call.cloud, given(call));
    return { message: 'deleted' };
  },
};
