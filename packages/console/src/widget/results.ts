/** What the page gets of an upload that succeeded. */
import type { UploadItem } from '../upload/engine.ts';
import { elementOf, make } from './dom.ts';
import type { WidgetOptions } from './options.ts';
import { transformationText } from './transformation.ts';

const THUMBNAIL = 'c_limit,h_60,w_90';

export type SuccessInfo = Readonly<Record<string, unknown>>;

/** The server's answer with what the cloud's widget adds: `id`, `batchId`, `path`, `thumbnail_url`. */
export function successInfo(item: UploadItem, batchId: string, options: WidgetOptions): SuccessInfo {
  const answer = item.answer ?? {};
  const address = String(answer.secure_url ?? answer.url ?? '');
  const transformation = transformationText(options.thumbnailTransformation) || THUMBNAIL;
  const still = answer.resource_type === 'video' ? address.replace(/\.\w+$/, '.jpg') : address;
  return {
    ...answer,
    id: item.id,
    batchId,
    path: `v${answer.version}/${answer.public_id}${answer.format ? `.${answer.format}` : ''}`,
    thumbnail_url:
      answer.resource_type === 'raw'
        ? ''
        : still.replace(/\/(image|video)\/(upload|private|authenticated)\//, `$&${transformation}/`),
  };
}

/** Hidden input for a form of the page, as the jQuery plug-in made it: `image/upload/v1/id.jpg#signature`. */
export function fillForm(info: SuccessInfo, options: WidgetOptions): void {
  const value = `${info.resource_type}/${info.type}/${info.path}#${info.signature}`;
  elementOf(options.form)?.append(make('input', { type: 'hidden', name: options.fieldName ?? 'image', value }));
}

export function addThumbnail(info: SuccessInfo, options: WidgetOptions): Element | undefined {
  const place = elementOf(options.thumbnails);
  if (place === null || !info.thumbnail_url) return undefined;
  const image = make('img', { src: info.thumbnail_url, alt: info.original_filename ?? '' });
  const item = make('div', { class: 'cloudinary-thumbnail' }, image);
  place.append(item);
  return item;
}

/** One file as `queues-end` tells it. */
export const fileInfo = ({ id, name, bytes, sent, state, answer, error, source }: UploadItem, batchId: string) => ({
  id,
  batchId,
  name,
  size: bytes,
  type: source instanceof File ? source.type : '',
  status: state === 'done' ? 'success' : state === 'cancelled' ? 'aborted' : 'error',
  statusText: error ?? '',
  done: state === 'done',
  failed: state === 'failed',
  aborted: state === 'cancelled',
  progress: state === 'done' ? 100 : bytes === 0 ? 0 : Math.round((100 * sent) / bytes),
  publicId: answer?.public_id,
  uploadInfo: answer,
});
