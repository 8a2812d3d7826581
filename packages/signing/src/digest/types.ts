/** The two digests an account can be set to (`signature_algorithm`). SHA-1 is the default of the service and its SDKs. */
export type Algorithm = 'sha1' | 'sha256';
