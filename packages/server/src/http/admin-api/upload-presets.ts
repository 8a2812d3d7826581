import { ERRORS } from '../../errors.ts';
import {
  createPreset,
  deletePreset,
  listPresets,
  type PresetOrder,
  presetSettings,
  readSettings,
  requirePreset,
  type UploadPreset,
  updatePreset,
} from '../../presets/presets.ts';
import type { Operation } from '../operation.ts';
import { directionOf, pageOf, withCursor } from './support.ts';

const view = (preset: UploadPreset) => ({
  name: preset.name,
  unsigned: preset.unsigned,
  settings: presetSettings(preset),
  external_id: preset.external_id,
});

const ORDERS: readonly PresetOrder[] = ['name', 'id', 'created_at'];

export const uploadPresets: Operation = {
  name: 'upload_presets',
  method: 'GET',
  path: '/upload_presets',
  async handle({ app, cloud, params }) {
    const given = params.text('order_by');
    const orderBy = ORDERS.find((name) => name === given);
    if (given !== undefined && orderBy === undefined) throw ERRORS.InvalidParameter('order_by', given);
    const { presets, nextCursor } = await listPresets(app, cloud, pageOf(params), {
      ...(orderBy === undefined ? {} : { orderBy }),
      direction: directionOf(params, 'direction', orderBy === 'name' || orderBy === 'id' ? 'asc' : 'desc'),
    });
    return withCursor({ presets: presets.map(view) }, nextCursor);
  },
};

export const uploadPreset: Operation = {
  name: 'upload_preset',
  method: 'GET',
  path: '/upload_presets/:name',
  handle: async ({ app, cloud, path }) => view(await requirePreset(app, cloud, path.name!)),
};

export const createUploadPreset: Operation = {
  name: 'create_upload_preset',
  method: 'POST',
  path: '/upload_presets',
  async handle({ app, cloud, params }) {
    const { name, external_id } = await createPreset(app, cloud, {
      name: params.text('name'),
      unsigned: params.flag('unsigned'),
      settings: readSettings(params.raw()),
    });
    return { message: 'created', name, external_id };
  },
};

export const updateUploadPreset: Operation = {
  name: 'update_upload_preset',
  method: 'PUT',
  path: '/upload_presets/:name',
  async handle({ app, cloud, params, path }) {
    const { external_id } = await updatePreset(app, cloud, path.name!, {
      unsigned: params.flag('unsigned'),
      settings: readSettings(params.raw()),
    });
    return { message: 'updated', external_id };
  },
};

export const deleteUploadPreset: Operation = {
  name: 'delete_upload_preset',
  method: 'DELETE',
  path: '/upload_presets/:name',
  async handle({ app, cloud, path }) {
    const { external_id } = await deletePreset(app, cloud, path.name!);
    return { message: 'deleted', external_id };
  },
};
