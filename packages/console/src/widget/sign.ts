import type { Fields } from '../upload/engine.ts';
import { fieldText, type WidgetOptions } from './options.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);

const text = (params: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => [name, fieldText(value)]),
  );

/** Names of what `prepareUploadParams` may answer in camel case (upload widget reference). */
const NAMES: Readonly<Record<string, string>> = {
  apiKey: 'api_key',
  uploadSignature: 'signature',
  uploadSignatureTimestamp: 'timestamp',
  uploadPreset: 'upload_preset',
  publicId: 'public_id',
  resourceType: 'resource_type',
  cloudName: 'cloud_name',
};

export interface Prepared {
  readonly fields: Fields;
  /** Parts of the address that `prepareUploadParams` chose. */
  readonly cloudName?: string;
  readonly resourceType?: string;
}

/** Waits for a callback of the page; when the function itself fails, that is the answer. */
const answerOf = <T>(call: (callback: (answer: T) => void) => unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    Promise.resolve(call(resolve)).catch(reject);
  });

/**
 * The form of one upload: prepared by the page, signed by the page's server, or unsigned with a preset. What is signed is
 * exactly what is sent, `source=uw` included.
 * @throws {Error} in words for a person, when there is neither preset nor signature.
 */
export async function prepare(options: WidgetOptions, own: Readonly<Record<string, unknown>>): Promise<Prepared> {
  const { apiKey, uploadPreset, uploadSignature, uploadSignatureTimestamp, prepareUploadParams } = options;
  const params: Record<string, unknown> = {
    ...own,
    ...(uploadPreset && !own.upload_preset ? { upload_preset: uploadPreset } : {}),
    source: 'uw',
  };
  if (prepareUploadParams !== undefined) {
    const given = await answerOf<unknown>((callback) => prepareUploadParams(callback, { ...params }));
    const first = ((Array.isArray(given) ? given[0] : given) ?? {}) as Record<string, unknown>;
    const named = Object.fromEntries(Object.entries(first).map(([name, value]) => [NAMES[name] ?? name, value]));
    const { resource_type: resourceType, cloud_name: cloudName, ...rest } = named;
    return {
      fields: text({ ...params, ...(apiKey && rest.signature ? { api_key: apiKey } : {}), ...rest }),
      ...(cloudName ? { cloudName: String(cloudName) } : {}),
      ...(resourceType ? { resourceType: String(resourceType) } : {}),
    };
  }
  if (typeof uploadSignature === 'function') {
    const toSign = { ...text(params), timestamp: seconds() };
    const signature = await answerOf<unknown>((callback) => uploadSignature(callback, { ...toSign }));
    if (typeof signature !== 'string' || signature === '')
      throw new Error('The page gave no signature: its uploadSignature function called back without one');
    return { fields: text({ ...toSign, signature, api_key: apiKey }) };
  }
  if (typeof uploadSignature === 'string')
    return {
      fields: text({ ...params, timestamp: uploadSignatureTimestamp, signature: uploadSignature, api_key: apiKey }),
    };
  if (!params.upload_preset) throw new Error('Expected uploadPreset, or uploadSignature with apiKey, in the options');
  return { fields: text(params) };
}
