/** The two digests an account can be set to (`signature_algorithm`). SHA-1 is the default of the service and its SDKs. */
export type Algorithm = 'sha1' | 'sha256';

/** A one-shot digest. Text is hashed as UTF-8; a lone surrogate counts as U+FFFD, as in `Buffer.from`. */
export interface Digest {
  digestHex(algorithm: Algorithm, data: string | Uint8Array): string;
  digestBytes(algorithm: Algorithm, data: string | Uint8Array): Uint8Array;
}
