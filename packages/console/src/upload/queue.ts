import { useSyncExternalStore } from 'react';
import { api, type Session } from '../api.ts';
import { createUploads, type Fields, type UploadItem } from './engine.ts';

/** What a person chose in the upload dialog; every file takes the choice of its moment. */
export interface UploadChoice {
  readonly folder: string;
  readonly preset: string;
  readonly tags: string;
  readonly publicId: string;
  readonly removeBackground: boolean;
  readonly backup: boolean;
}

export const NO_CHOICE: UploadChoice = {
  folder: '',
  preset: '',
  tags: '',
  publicId: '',
  removeBackground: false,
  backup: false,
};

interface Signed {
  readonly params: Fields;
  readonly signature: string;
  readonly api_key: string;
}

const joinPath = (...parts: string[]): string => parts.filter((part) => part !== '').join('/');

/** Whether the server can remove backgrounds is told by its answer; see `background_removal` in the upload reference. */
function paramsOf(session: Session, choice: UploadChoice, path: string): Record<string, string> {
  const folder = joinPath(choice.folder, path);
  return {
    ...(folder === '' ? {} : session.folder_mode === 'dynamic' ? { asset_folder: folder } : { folder }),
    ...(choice.preset === '' ? {} : { upload_preset: choice.preset }),
    ...(choice.tags === '' ? {} : { tags: choice.tags }),
    ...(choice.publicId === '' ? { use_filename: 'true' } : { public_id: choice.publicId }),
    ...(session.folder_mode === 'dynamic' ? { use_filename_as_display_name: 'true' } : {}),
    ...(choice.backup ? { backup: 'true' } : {}),
    ...(choice.removeBackground ? { background_removal: 'cloudinary_ai' } : {}),
  };
}

export function createQueue(session: Session) {
  const choices = new Map<string, UploadChoice>();
  const listeners = new Set<() => void>();
  const doneListeners = new Set<(item: UploadItem) => void>();
  let items: readonly UploadItem[] = [];
  let nextChoice = NO_CHOICE;

  const uploads = createUploads({
    url: () => `/v1_1/${encodeURIComponent(session.cloud)}/auto/upload`,
    async fields(item) {
      const choice = choices.get(item.id) ?? nextChoice;
      choices.set(item.id, choice);
      const { params, signature, api_key } = await api.post<Signed>('/sign', {
        params: paramsOf(session, choice, item.path),
      });
      return { ...params, api_key, signature };
    },
    onChange(value) {
      items = value;
      for (const listener of listeners) listener();
    },
    onDone(item) {
      for (const listener of doneListeners) listener(item);
    },
  });

  return {
    ...uploads,
    add(sources: readonly { source: File | string; path?: string }[], choice: UploadChoice): void {
      nextChoice = choice;
      const files = sources.length > 1 ? { ...choice, publicId: '' } : choice;
      nextChoice = files;
      for (const { id } of uploads.add(sources)) choices.set(id, files);
    },
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onDone(listener: (item: UploadItem) => void): () => void {
      doneListeners.add(listener);
      return () => doneListeners.delete(listener);
    },
    snapshot: () => items,
  };
}

export type Queue = ReturnType<typeof createQueue>;

export const useUploads = (queue: Queue): readonly UploadItem[] =>
  useSyncExternalStore(queue.subscribe, queue.snapshot);
