import { cleanPath, createFolder, deleteFolder, listFolders, renameFolder } from '../../folders/folders.ts';
import type { Call, Operation } from '../operation.ts';
import { pageOf } from './support.ts';

async function list(call: Call): Promise<Record<string, unknown>> {
  const { app, cloud, params, path } = call;
  const { folders, nextCursor, total } = await listFolders(
    app,
    cloud,
    cleanPath(path.rest ?? ''),
    pageOf(params, { cap: 2000 }),
  );
  return { folders, next_cursor: nextCursor ?? null, total_count: total };
}

export const rootFolders: Operation = { name: 'root_folders', method: 'GET', path: '/folders', handle: list };

export const subFolders: Operation = { name: 'sub_folders', method: 'GET', path: '/folders/*', handle: list };

export const createFolderOperation: Operation = {
  name: 'create_folder',
  method: 'POST',
  path: '/folders/*',
  async handle(call) {
    const { name, path } = await createFolder(call.app, call, cleanPath(call.path.rest!));
    return { success: true, path, name };
  },
};

export const renameFolderOperation: Operation = {
  name: 'rename_folder',
  method: 'PUT',
  path: '/folders/*',
  handle: (call) =>
    renameFolder(call.app, call, cleanPath(call.path.rest!), cleanPath(call.params.required('to_folder'))),
};

export const deleteFolderOperation: Operation = {
  name: 'delete_folder',
  method: 'DELETE',
  path: '/folders/*',
  handle: async (call) => ({ deleted: await deleteFolder(call.app, call, cleanPath(call.path.rest!)) }),
};
