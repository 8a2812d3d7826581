import type { App } from '../../app.ts';
import type { CloudRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';

/** Facts of an asset that an upload would make anew, as the place had them that it was taken over from. */
export interface OriginFacts {
  readonly resource_type: string;
  readonly type: string;
  readonly public_id: string;
  readonly version?: number;
  /** Milliseconds since 1970. */
  readonly createdAt?: number;
}

/** 9999-12-31: a version is Unix seconds by custom, and a URL has room for ten digits. */
const LAST_VERSION = 9_999_999_999;

/** @throws 400 naming the item that is not `{resource_type, type, public_id, version?, created_at?}`. */
export function readOriginFacts(given: unknown): OriginFacts {
  const { resource_type, type, public_id, version, created_at } = (given ?? {}) as Record<string, unknown>;
  const createdAt = created_at === undefined ? undefined : Date.parse(String(created_at));
  const whole = version === undefined || (Number.isInteger(version) && Number(version) > 0);
  if (
    typeof resource_type !== 'string' ||
    typeof type !== 'string' ||
    typeof public_id !== 'string' ||
    !whole ||
    Number(version ?? 1) > LAST_VERSION ||
    Number.isNaN(createdAt ?? 0)
  )
    throw ERRORS.BadRequest(
      `Expected {resource_type, type, public_id, version, created_at} but received ${JSON.stringify(given)}`,
    );
  return {
    resource_type,
    type,
    public_id,
    ...(version === undefined ? {} : { version: Number(version) }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** Gives an asset the version and the time of creation that it had elsewhere. @returns whether there is such an asset. */
export async function takeOver(app: App, cloud: CloudRow, facts: OriginFacts): Promise<boolean> {
  const { resource_type, type, public_id, version, createdAt } = facts;
  return app.catalog.transaction(async (tx) => {
    const row = await app.catalog.assets.find(tx, { cloud: cloud.name, resource_type, type, public_id });
    if (row === undefined || row.status !== 'active') return false;
    await app.catalog.assets.update(tx, row.seq, {
      ...(version === undefined ? {} : { version }),
      ...(createdAt === undefined ? {} : { created_at: createdAt, uploaded_at: createdAt }),
    });
    if (version !== undefined)
      await tx.updateTable('versions').set({ version }).where('version_id', '=', row.version_id).execute();
    return true;
  });
}
