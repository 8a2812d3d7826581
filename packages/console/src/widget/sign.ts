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
  uploadSignatureTimestamp: 'timestamp',
  uploadPreset: 'upload_preset',
  publicId: 'public_id',
  resourceType: 'resource_type',
};

/**
 * The form of one upload: prepared by the page, signed by the page's server, or unsigned with a preset. What is signed is
 * exactly what is sent, `source=uw` included.
 */
export async function signedFields(options: WidgetOptions, own: Readonly<Record<string, unknown>>): Promise<Fields> {
  const { apiKey, uploadPreset, uploadSignature, uploadSignatureTimestamp, prepareUploadParams } = options;
  const params: Record<string, unknown> = {
    ...own,
    ...(uploadPreset && !own.upload_preset ? { upload_preset: uploadPreset } : {}),
    source: 'uw',
  };
  if (prepareUploadParams !== undefined) {
    const given = await new Promise<Record<string, unknown>>((resolve) => {
      prepareUploadParams((answer) => resolve((Array.isArray(answer) ? answer[0] : answer) ?? {}), params);
    });
    const named = Object.entries(given).map(([name, value]) => [NAMES[name] ?? name, value] as const);
    const { resource_type: _kind, ...rest } = Object.fromEntries(named);
    return text({ ...params, ...(apiKey ? { api_key: apiKey } : {}), ...rest });
  }
  if (typeof uploadSignature === 'function') {
    const toSign = { ...text(params), timestamp: seconds() };
    const signature = await new Promise<string>((resolve) => uploadSignature(resolve, { ...toSign }));
    return text({ ...toSign, signature, api_key: apiKey });
  }
  if (typeof uploadSignature === 'string')
    return text({ ...params, timestamp: uploadSignatureTimestamp, signature: uploadSignature, api_key: apiKey });
  if (!params.upload_preset) throw new Error('Expected uploadPreset, or uploadSignature with apiKey, in the options');
  return text(params);
}
