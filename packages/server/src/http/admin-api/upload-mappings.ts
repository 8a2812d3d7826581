import { ERRORS } from '../../errors.ts';
import {
  createMapping,
  deleteMapping,
  listMappings,
  mappingView,
  replaceMappings,
  requireMapping,
  updateMapping,
} from '../../mappings/mappings.ts';
import type { Call, Operation } from '../operation.ts';
import { pageOf, withCursor } from './support.ts';

const folderOf = (call: Call): string => call.params.required('folder').replace(/^\/+|\/+$/g, '');

export const uploadMappings: Operation = {
  name: 'upload_mappings',
  method: 'GET',
  path: '/upload_mappings',
  async handle(call) {
    const { app, cloud, params } = call;
    if (params.has('folder')) return mappingView(await requireMapping(app, cloud, folderOf(call)));
    const { rows, nextCursor, total } = await listMappings(app, cloud, pageOf(params));
    return withCursor({ mappings: rows.map(mappingView), total_entries: total }, nextCursor);
  },
};

export const createUploadMapping: Operation = {
  name: 'create_upload_mapping',
  method: 'POST',
  path: '/upload_mappings',
  async handle(call) {
    const { folder, external_id } = await createMapping(call.app, call.cloud, {
      folder: folderOf(call),
      template: call.params.required('template'),
      uploadPreset: call.params.text('upload_preset_name') ?? call.params.text('upload_preset'),
    });
    return { message: 'created', folder, external_id };
  },
};

export const updateUploadMapping: Operation = {
  name: 'update_upload_mapping',
  method: 'PUT',
  path: '/upload_mappings',
  async handle(call) {
    const { external_id } = await updateMapping(call.app, call.cloud, folderOf(call), {
      template: call.params.text('template'),
      uploadPreset: call.params.text('upload_preset_name') ?? call.params.text('upload_preset'),
    });
    return { message: 'updated', external_id };
  },
};

export const deleteUploadMapping: Operation = {
  name: 'delete_upload_mapping',
  method: 'DELETE',
  path: '/upload_mappings',
  async handle(call) {
    const { external_id } = await deleteMapping(call.app, call.cloud, folderOf(call));
    return { message: 'deleted', external_id };
  },
};

export const replaceUploadMappings: Operation = {
  name: 'replace_upload_mappings',
  method: 'PUT',
  path: '/upload_mappings/replace',
  async handle({ app, cloud, params }) {
    const given = params.json('mappings') ?? [];
    const list = (Array.isArray(given) ? given : [given]) as Record<string, unknown>[];
    for (const item of list)
      if (typeof item?.folder !== 'string' || typeof item.template !== 'string')
        throw ERRORS.BadRequest('Expected a folder and a template in every item of mappings');
    await replaceMappings(
      app,
      cloud,
      list.map(({ folder, template, upload_preset_name }) => ({
        folder: String(folder),
        template: String(template),
        uploadPreset: upload_preset_name === undefined ? undefined : String(upload_preset_name),
      })),
    );
    return { message: 'replaced' };
  },
};
