import type { IncomingMessage } from 'node:http';
import { accepts } from '@signet/transformation';
import type { App } from '../../app.ts';
import { createHot } from '../../blobs/hot.ts';
import type { AssetIdentity } from '../../catalog/assets.ts';
import type { AssetRow } from '../../catalog/schema.ts';
import type { Delivered } from '../../delivery/deliver.ts';
import type { Answer } from './respond.ts';

export interface HotAnswer {
  readonly answer: Answer;
  readonly body: Buffer;
  readonly cloud: string;
  /** Set by {@link answerHot} with the first answer: name, value, name, value … of the plain 200. */
  head?: string[];
}

interface Entry extends HotAnswer {
  /** What the catalog said of the asset when the answer was made. */
  readonly asset: AssetIdentity;
  readonly stamp: string;
  /** {@link Catalog.changes} when the asset was last looked at. */
  seenAt: number;
  /** Public IDs that were looked for before the asset was found: an asset of that name would take its place. */
  readonly before: readonly string[];
  readonly accounts: number;
}

/** Everything of a row that decides whether and how it is delivered. */
const DECISIVE = [
  'seq',
  'blob',
  'version_id',
  'status',
  'access_mode',
  'access_control',
  'moderation_status',
  'coordinates',
  'tags',
  'context',
  'metadata',
  'headers',
  'updated_at',
] as const satisfies readonly (keyof AssetRow)[];
const stampOf = (row: AssetRow): string => DECISIVE.map((column) => row[column] ?? '').join('|');
const STAMP = `SELECT ${DECISIVE.map((column) => `ifnull(${column}, '')`).join(" || '|' || ")} FROM assets
  WHERE cloud = ? AND resource_type = ? AND type = ? AND public_id = ?`;

const IMAGE_TYPES = ['image/avif', 'image/webp', 'image/jxl'];

/** Request headers a plan may look at, reduced to what makes a difference. */
const variantOf = ({ headers }: IncomingMessage): string => {
  const { accept } = headers;
  const formats = IMAGE_TYPES.map((type) => (accepts(accept, type) ? '1' : '0')).join('');
  return `${formats}|${headers['sec-ch-dpr'] ?? headers.dpr ?? ''}|${headers['sec-ch-width'] ?? headers.width ?? ''}|${headers['save-data'] ?? ''}`;
};

/**
 * Answers of small, public results by URL: a hit costs no parsing and no planning, and one look at the asset's row (is
 * it still what it was?) when anything was written to the catalog since the last. URLs whose meaning depends on more
 * than the one asset and the environment (named transformations, layers, tokens, placeholders, the operator's list of
 * strict transformations) are not kept. What a signature opened closes with its key: accounts have a generation.
 */
export function createHotAnswers(app: App) {
  const entries = createHot<Entry>(app.config['hot-bytes'], ({ body }) => body.length + 2048);
  const statement = app.catalog.raw.prepare(STAMP);
  statement.setReturnArrays(true);
  const storedStamp = ({ cloud, resource_type, type }: AssetIdentity, publicId: string): string | undefined =>
    (statement.get(cloud, resource_type, type, publicId) as unknown as [string] | undefined)?.[0];

  const isUnchanged = ({ asset, stamp, before }: Entry): boolean =>
    storedStamp(asset, asset.public_id) === stamp &&
    before.every((publicId) => storedStamp(asset, publicId) === undefined);

  const isCurrent = (entry: Entry): boolean => {
    if (entry.accounts !== app.accounts.generation) return false;
    const changes = app.catalog.changes();
    if (entry.seenAt === changes) return true;
    entry.seenAt = changes;
    return isUnchanged(entry);
  };

  /** Results that depend on the URL alone are kept by it; those that vary by what stands in the request as well. */
  const keyOf = (request: IncomingMessage, varies: boolean): string =>
    varies ? `${request.url}\n${variantOf(request)}` : request.url!;

  return {
    /** The answer, when it is kept and what it was made from has not changed. */
    get(request: IncomingMessage): HotAnswer | undefined {
      if (entries.size === 0) return undefined;
      for (const varies of [false, true]) {
        const key = keyOf(request, varies);
        const known = entries.get(key);
        if (known === undefined) continue;
        if (isCurrent(known)) return known;
        entries.delete(key);
      }
      return undefined;
    },

    set(request: IncomingMessage, delivered: Delivered, answer: Answer): void {
      const { row, derived, transformation, missing, proof, before } = delivered;
      const { data, plan, improvable } = derived;
      const { cloud, resource_type, type, public_id } = row;
      const { vary } = plan.delivery;
      const alone =
        data !== undefined &&
        !improvable &&
        missing === undefined &&
        type === 'upload' &&
        row.access_control === null &&
        !proof.token &&
        (proof.signed || !app.config['strict-transformations']) &&
        plan.references.length === 0 &&
        !/(?:^|[/,])(?:t|bl|d)_/.test(transformation) &&
        !vary.includes('User-Agent');
      if (!alone) return;
      const entry: Entry = {
        answer,
        body: data,
        cloud,
        asset: { cloud, resource_type, type, public_id },
        stamp: stampOf(row),
        before,
        accounts: app.accounts.generation,
        seenAt: -1,
      };
      // What changed while the result was made must not be taken for what it was made from.
      if (isCurrent(entry)) entries.set(keyOf(request, vary.length > 0), entry);
    },
  };
}

export type HotAnswers = ReturnType<typeof createHotAnswers>;
