import type { Algorithm } from '../digest/types.ts';
import type { SignatureVersion } from '../string-to-sign.ts';

export type Pair = readonly [name: string, value: string];

/** One named mistake. No text of it ever holds a secret. */
export interface Mistake {
  /** Stable name of the kind of mistake, such as `sent-not-signed`. */
  id: string;
  /** The parameters it is about; empty when it is about the whole. */
  names: readonly string[];
  /** What happened, without a full stop. */
  sentence: string;
  /** What to do, without a full stop. */
  repair: string;
}

/** A way of signing that differs from the right one by `mistake`; the right way itself has none. */
export interface Variant<T> {
  mistake?: Mistake;
  /** A second one, where two were combined before the search. */
  also?: Mistake;
  use: T;
}

/** Both come from the same account: which key, and its secret. */
export interface CandidateSecret {
  apiKey?: string;
  secret: string;
}

/** What the server (or the person asking) knows that the client should have used. */
export interface Candidates {
  /** Every key of the account. The one named by the request is tried first, the others as mistakes. */
  secrets: readonly CandidateSecret[];
  cloudName?: string;
  /** Names that a client may have signed without sending them: upload presets and folders of the account. */
  presets?: readonly string[];
  folders?: readonly string[];
  /** The account's algorithm; a signature by the other one is then named. Default: either is right. */
  algorithm?: Algorithm;
  /** Versions the account accepts. Default both. */
  versions?: readonly SignatureVersion[];
  /** Unix seconds. Default: the system's clock. */
  now?: number;
  /** As in `verifyUpload`, seconds. Defaults 3600 and 300. */
  maxAge?: number;
  toleranceFuture?: number;
  /** Bounds of the search. Defaults 20,000 digests and 1,000 ms. */
  maxDigests?: number;
  maxMilliseconds?: number;
}

/** What arrived. */
export interface FailedRequest {
  /** Parameters as received, in their order if that is known; lists as arrays or as `name[]` fields. */
  params: Readonly<Record<string, unknown>> | Iterable<readonly [name: string, value: unknown]>;
  /** Default: the parameter `signature`. */
  signature?: string;
  /** Default: the parameter `api_key`. */
  apiKey?: string;
  /** From the address: `image`, `video`, `raw` or `auto`. */
  resourceType?: string;
  /** From the address. */
  cloudName?: string;
  /** Name of the file sent. */
  fileName?: string;
  /** The string to sign of the server's error message, when that is all there is or to compare with. */
  serverStringToSign?: string;
}

/** The received request, taken apart for the hypotheses. */
export interface Received {
  /** Without the parameters that are never signed and without blanks, in the order of arrival. */
  pairs: readonly Pair[];
  /** Items of parameters that arrived as lists. */
  lists: ReadonlyMap<string, readonly string[]>;
  /** Names that arrived without a value. */
  blanks: readonly string[];
  /** Never-signed parameters and facts of the address, where known. */
  unsigned: readonly Pair[];
  apiKey: string | undefined;
  cloudName: string | undefined;
  presets: readonly string[];
  folders: readonly string[];
  /** Unix seconds. */
  now: number;
}
