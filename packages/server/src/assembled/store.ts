import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { mediaColumns, storeAsset } from '../assets/store.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

export interface Made {
  /** Delivery type: `text`, `multi`, `sprite`. */
  readonly type: string;
  readonly publicId: string;
  readonly data: Buffer;
  /** What the bytes are; the asset is an image whatever it holds, as its URL says. Default `image`. */
  readonly inspectAs?: 'image' | 'video';
  readonly info?: Readonly<Record<string, unknown>>;
  /** Kept with what inspection finds. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The notification told with it; it gets the stored row. */
  readonly notify?: {
    readonly type: string;
    readonly url: string | undefined;
    readonly fields: (row: AssetRow) => Record<string, unknown>;
  };
}

/** Stores a picture made here, so that its delivery URL finds it. One made before under the same name is replaced. */
export async function storeMade(app: App, { cloud, key }: Actor, made: Made): Promise<AssetRow> {
  const limit = app.config['max-image-bytes'];
  if (made.data.length > limit) throw ERRORS.FileTooLarge(made.data.length, limit);
  const spool = app.blobs.spool();
  await spool.write(made.data);
  const file = await spool.end();
  try {
    const found = await app.inspector.inspectFile(file, {
      resourceType: made.inspectAs ?? 'image',
      wanted: [],
    });
    const blob = await app.blobs.put(file);
    const row = await app.catalog.transaction(async (tx) => {
      const { row } = await storeAsset(
        app,
        tx,
        cloud,
        {
          ...mediaColumns(found, blob, made.facts),
          resource_type: 'image',
          type: made.type,
          public_id: made.publicId,
          info: JSON.stringify(made.info ?? {}),
          created_by: key?.api_key ?? null,
          uploaded_by: key?.api_key ?? null,
        },
        { backup: false },
      );
      if (made.notify !== undefined)
        await app.webhooks.notify(tx, {
          cloud: cloud.name,
          type: made.notify.type,
          fields: made.notify.fields(row),
          triggeredBy: key?.api_key,
          url: made.notify.url,
        });
      return row;
    });
    app.jobs.wake();
    return row;
  } finally {
    await file.discard();
  }
}
