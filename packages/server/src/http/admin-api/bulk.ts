import { type BulkSelector, changeAccessMode, publish } from '../../assets/admin/publish.ts';
import { ERRORS } from '../../errors.ts';
import type { Operation } from '../operation.ts';
import type { Parameters } from '../parameters.ts';
import { idsOf, RT, viewOf } from './support.ts';

const selectorOf = (params: Parameters): BulkSelector => {
  const ids = idsOf(params, 'public_ids', 1000);
  if (ids !== undefined) return { by: 'public_ids', ids };
  const prefix = params.text('prefix');
  if (prefix !== undefined) return { by: 'prefix', prefix };
  const tag = params.text('tag');
  if (tag !== undefined) return { by: 'tag', tag };
  throw ERRORS.BadRequest('Missing required parameter - public_ids, prefix or tag');
};

export const publishResources: Operation = {
  name: 'publish_resources',
  method: 'POST',
  path: `/resources/${RT}/publish_resources`,
  handle: async (call) =>
    publish(call.app, call, await viewOf(call), call.path.resource_type!, selectorOf(call.params), {
      type: call.params.text('type'),
      overwrite: call.params.flag('overwrite') ?? false,
    }),
};

const MODES = ['public', 'authenticated'];

export const updateAccessMode: Operation = {
  name: 'update_resources_access_mode',
  method: 'POST',
  path: `/resources/${RT}/:type/update_access_mode`,
  async handle(call) {
    const mode = call.params.required('access_mode');
    if (!MODES.includes(mode)) throw ERRORS.InvalidParameter('access_mode', mode);
    return changeAccessMode(call.app, call, await viewOf(call), {
      resourceType: call.path.resource_type!,
      type: call.path.type!,
      selector: selectorOf(call.params),
      mode,
    });
  },
};
