/**
 * Everything about Signet's signatures: making, checking and explaining them. No dependency; runs in Node and in
 * browsers. Whatever is exported here is meant to be used.
 */

export {
  AUTH_TOKEN_NAME,
  type AuthTokenOptions,
  aclMatches,
  appendAuthToken,
  createAuthToken,
  type VerifyAuthTokenOptions,
  type VerifyAuthTokenResult,
  verifyAuthToken,
} from './auth-token.ts';
export { bareName, collectParams, type Field } from './collect-params.ts';
export { buildCurl, type CurlOptions } from './curl/build-curl.ts';
export { shellQuote, shellSplit } from './curl/shell.ts';
export {
  type DeliverySignatureOptions,
  type DeliveryToSign,
  encodeDeliverySource,
  signDelivery,
  type VerifyDeliveryResult,
  verifyDelivery,
} from './delivery-signature.ts';
export type { Algorithm } from './digest/types.ts';
export { type Diagnosis, explainSignature } from './doctor/explain.ts';
export { type ParsedRequest, parseFailedRequest } from './doctor/parse-failed-request.ts';
export type { CandidateSecret, Candidates, FailedRequest, Mistake } from './doctor/types.ts';
export { type DownloadQueryOptions, signDownloadQuery } from './download-url.ts';
export { signNotification, type VerifyNotificationResult, verifyNotification } from './notification-signature.ts';
export { signResponse, verifyResponse } from './response-signature.ts';
export { createSearchPath, type SearchUrlOptions, type VerifySearchResult, verifySearchPath } from './search-url.ts';
export { apiSignRequest, type SignedUpload, type SignOptions, signUpload } from './sign-upload.ts';
export { createSigner, type SignerAnswer, type SignerHandler } from './signer/create-signer.ts';
export type { SignerPolicy } from './signer/policy.ts';
export {
  type Params,
  type SignatureVersion,
  type StringToSignOptions,
  signableParams,
  stringToSign,
  UNSIGNED_PARAMS,
} from './string-to-sign.ts';
export {
  algorithmOf,
  unixNow,
  type VerifyUploadOptions,
  type VerifyUploadResult,
  verifyUpload,
} from './verify-upload.ts';
