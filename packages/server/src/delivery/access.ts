import { verifyAuthToken, verifyDelivery } from '@signet/signing';
import type { App } from '../app.ts';
import { type AccessRule, isAnonymousAllowed } from '../assets/access-control.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

export interface Visitor {
  /** Path as received, with the query but without the token. */
  readonly path: string;
  readonly token: string | undefined;
  readonly ip: string;
}

/** What a signature or token in the URL proves. */
export interface Proof {
  readonly signed: boolean;
  readonly token: boolean;
}

/** What a signature may cover: the transformation, and one reading of the source. */
export interface Signable {
  readonly signature: string | null;
  readonly transformation: string;
  readonly candidates: readonly { readonly source: string }[];
}

/**
 * Checks the `s--…--` part and the token. A signature that is there and wrong is refused even where none is needed.
 *
 * @throws 401
 */
export async function proveAccess(
  app: App,
  cloud: CloudRow,
  { signature, transformation, candidates }: Signable,
  visitor: Visitor,
): Promise<Proof> {
  let signed = false;
  if (signature !== null) {
    const secrets = (await app.accounts.keysOf(cloud.name))
      .filter(({ enabled }) => enabled === 1)
      .map(({ api_secret }) => api_secret);
    signed = candidates.some(({ source }) => verifyDelivery({ transformation, source }, signature, secrets).ok);
    if (!signed) throw ERRORS.Unauthorized('Invalid signature in URL');
  }
  const keys = authTokenKeys(cloud);
  let token = false;
  if (visitor.token !== undefined && keys.length > 0)
    token = verifyAuthToken(visitor.token, {
      key: keys,
      path: visitor.path,
      ip: visitor.ip,
      now: Math.floor(app.clock() / 1000),
    }).ok;
  return { signed, token };
}

/** Keys of `__cld_token__` (hexadecimal), from the settings of the environment: `auth_token_key`. */
function authTokenKeys(cloud: CloudRow): string[] {
  const { auth_token_key } = JSON.parse(cloud.settings) as { auth_token_key?: unknown };
  return typeof auth_token_key === 'string' && /^(?:[0-9a-f]{2})+$/i.test(auth_token_key) ? [auth_token_key] : [];
}

/**
 * May this asset be delivered? `private`: the original needs proof, results do not. `authenticated` and
 * `access_mode=authenticated`: everything needs it. `access_control`: a token, or an anonymous rule that is in time.
 *
 * @throws 401
 */
export function checkAccess(
  app: App,
  row: AssetRow,
  { signed, token }: Proof,
  { isOriginal }: { readonly isOriginal: boolean },
): void {
  const proven = signed || token;
  if (row.access_control !== null) {
    const rules = JSON.parse(row.access_control) as AccessRule[];
    if (!token && !isAnonymousAllowed(rules, app.clock())) throw ERRORS.Unauthorized('deny or ACL failure');
  }
  const needsProof =
    row.type === 'authenticated' || row.access_mode === 'authenticated' || (row.type === 'private' && isOriginal);
  if (needsProof && !proven) throw ERRORS.Unauthorized('Resource not found');
}

/** Types and formats that the operator restricts to signed URLs. @throws 401 `deny or ACL failure` */
export function checkRestricted(app: App, names: readonly (string | undefined)[], { signed, token }: Proof): void {
  if (!signed && !token && names.some((name) => name !== undefined && app.config['restricted-types'].includes(name)))
    throw ERRORS.Unauthorized('deny or ACL failure');
}
