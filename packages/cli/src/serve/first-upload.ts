import { buildCurl, signUpload, unixNow } from '@signet/signing';
import { SAMPLE_PICTURE } from './sample.ts';

/** A cURL command that uploads the sample picture as `hello`, signed now. */
export function firstUpload(url: string, cloud: string, key: { api_key: string; api_secret: string }): string {
  const { params } = signUpload({ public_id: 'hello', timestamp: unixNow() }, key.api_secret);
  return buildCurl(params, {
    uploadUrl: `${url}/v1_1/${cloud}/image/upload`,
    apiKey: key.api_key,
    file: SAMPLE_PICTURE,
  });
}
