import type { Account } from '../account/account.ts';
import { adminCall } from '../client/admin.ts';

export type FolderMode = 'fixed' | 'dynamic';

/** `GET /config?settings=true`, as `cld upload_dir` asks first. */
export async function folderMode(account: Account): Promise<FolderMode> {
  const { settings } = await adminCall<{ settings?: { folder_mode?: string } }>(account, '/config', {
    query: { settings: true },
  });
  return settings?.folder_mode === 'dynamic' ? 'dynamic' : 'fixed';
}

/** Where an upload goes so that the file keeps its folder and name. */
export const placing = (mode: FolderMode, folder: string): Record<string, unknown> =>
  mode === 'fixed'
    ? { folder, use_filename: true, unique_filename: false, invalidate: true }
    : { asset_folder: folder, use_filename_as_display_name: true };

export const joinFolders = (...parts: readonly string[]): string =>
  parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
