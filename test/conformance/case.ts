import type { v2 } from 'cloudinary';
import type { SignetServer } from '../support/server.ts';

/** The SDK as it is used; its types lag behind its methods, so methods are called by name. */
export type Method = (...args: unknown[]) => Promise<Answer>;
export interface Answer extends Record<string, unknown> {
  readonly public_id: string;
  readonly secure_url: string;
}

/** The account of the server the cases call. */
export const PROVISIONING = { key: 'account-key', secret: 'account-secret', id: 'conformance' } as const;

export interface Context {
  readonly server: SignetServer;
  readonly cloudinary: typeof v2;
  readonly uploader: Record<string, Method>;
  readonly api: Record<string, Method>;
  /** Files to upload. */
  readonly files: Readonly<Record<'photo' | 'animation' | 'document' | 'large', string>>;
  /** Bodies of the webhooks received so far. */
  readonly webhooks: readonly Record<string, unknown>[];
  readonly webhookUrl: string;
}

/** One line of the compatibility table. */
export interface Case {
  /** For instance `POST /:resource_type/upload`. */
  readonly endpoint: string;
  /** The SDK call that is made, as a person would write it. */
  readonly call: string;
  /** Throws when the answer is not what the SDK's users rely on. */
  run(context: Context): Promise<void>;
  /** Part of the short run in `npm test`. */
  readonly smoke?: true;
  /** Why this server does not do it: the case then asserts the clear error. */
  readonly notAvailable?: string;
}
