import { explode } from '../../assembled/explode.ts';
import { assembleLater } from '../../assembled/later.ts';
import { checkTagName } from '../../assembled/name.ts';
import { createText } from '../../assembled/text.ts';
import type { AssetRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import { mimeOf } from '../../ingest/inspect/formats.ts';
import type { Parameters } from '../parameters.ts';
import { sendDownload } from './generate-archive.ts';
import type { UploadCall, UploadOperation } from './operation.ts';

const picturesOf = (params: Parameters) => ({
  pictures: { tag: checkTagName(params.text('tag')), urls: params.list('urls') ?? [] },
  transformation: params.text('transformation') ?? '',
  notificationUrl: params.webhook('notification_url'),
});

const wantsDownload = ({ params, request }: UploadCall): boolean =>
  (params.text('mode') ?? (request.method === 'GET' ? 'download' : '')) === 'download';

async function sendPicture(call: UploadCall, row: AssetRow): Promise<undefined> {
  const name = row.public_id.split(',')[0]!;
  return sendDownload(call, {
    stream: await call.app.blobs.openRead(row.blob!),
    filename: `${name}.${row.format}`,
    contentType: mimeOf(row.format ?? ''),
  });
}

const multiOperation: UploadOperation = {
  name: 'multi',
  path: '/multi',
  method: ['GET', 'POST'],
  expires: true,
  async handle(call) {
    const { app, actor, params } = call;
    const request = { ...picturesOf(params), format: params.text('format') };
    if (params.flag('async')) return assembleLater(app, actor, 'multi', request);
    const { makeMulti, multiView } = await import('../../assembled/multi.ts');
    const row = await makeMulti(app, actor, request);
    return wantsDownload(call) ? sendPicture(call, row) : multiView(row, actor, request);
  },
};

const spriteOperation: UploadOperation = {
  name: 'sprite',
  path: '/sprite',
  method: ['GET', 'POST'],
  expires: true,
  async handle(call) {
    const { app, actor, params } = call;
    const request = picturesOf(params);
    if (params.flag('async')) return assembleLater(app, actor, 'sprite', request);
    const { makeSprite, spriteView } = await import('../../assembled/sprite.ts');
    const row = await makeSprite(app, actor, request);
    return wantsDownload(call) ? sendPicture(call, row) : spriteView(row, actor, request);
  },
};

const explodeOperation: UploadOperation = {
  name: 'explode',
  path: '/explode',
  handle: ({ app, actor, params }) =>
    explode(app, actor, {
      publicId: params.required('public_id'),
      type: params.text('type') ?? 'upload',
      transformation: params.text('transformation') ?? '',
      format: params.text('format') ?? 'png',
      notificationUrl: params.webhook('notification_url'),
    }),
};

const textOperation: UploadOperation = {
  name: 'text',
  path: '/text',
  handle: ({ app, actor, params }) =>
    createText(app, actor, {
      text: params.required('text'),
      publicId: params.text('public_id'),
      fontFamily: params.text('font_family'),
      fontSize: params.integer('font_size', { min: 1, max: 1000 }),
      fontColor: params.text('font_color'),
      fontWeight: params.text('font_weight'),
      fontStyle: params.text('font_style'),
      background: params.text('background'),
      opacity: params.integer('opacity', { min: 0, max: 100 }),
      textAlign: params.text('text_align'),
      textDecoration: params.text('text_decoration'),
      lineSpacing: params.integer('line_spacing', { min: -1000, max: 1000 }),
      fontHinting: params.text('font_hinting'),
      fontAntialiasing: params.text('font_antialiasing'),
    }),
};

const notAvailable = (name: string, instead: string): UploadOperation => ({
  name,
  path: `/${name}`,
  async handle() {
    throw ERRORS.BadRequest(`${name} is not available on this server: ${instead}`);
  },
});

export const ASSEMBLED_OPERATIONS: readonly UploadOperation[] = [
  multiOperation,
  spriteOperation,
  explodeOperation,
  textOperation,
  notAvailable('create_slideshow', 'the cloud has retired it; multi with format mp4 makes a film of pictures'),
  notAvailable('concat', 'join the segments before the upload, or with fl_splice on delivery'),
];
