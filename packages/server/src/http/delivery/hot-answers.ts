import type { IncomingMessage } from 'node:http';
import { accepts } from '@signet/transformation';
import type { App } from '../../app.ts';
import { createHot } from '../../blobs/hot.ts';
import type { AssetIdentity } from '../../catalog/assets.ts';
import { stampOf } from '../../catalog/stamps.ts';
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
  /**
   * The asset, and public IDs that were looked for before it was found: an asset of that name would take its place.
   */
  readonly identities: readonly AssetIdentity[];
  /** What the catalog said of each when the answer was made. */
  readonly stamps: readonly (string | undefined)[];
  readonly changes: () => number;
  /** `changes` when the assets were last looked at. */
  seenAt: number;
  readonly accounts: number;
}

const IMAGE_TYPES = ['image/avif', 'image/webp', 'image/jxl'];

/** Request headers a plan may look at, reduced to what makes a difference. */
const variantOf = ({ headers }: IncomingMessage): string => {
  const { accept } = headers;
  const formats = IMAGE_TYPES.map((type) => (accepts(accept, type) ? '1' : '0')).join('');
  return `${formats}|${headers['sec-ch-dpr'] ?? headers.dpr ?? ''}|${headers['sec-ch-width'] ?? headers.width ?? ''}|${headers['save-data'] ?? ''}`;
};

/**
 * Answers of small, public results by URL: a hit costs no parsing and no planning, and one look at the asset's row (is
 * it still what it was?) when anything was written to the catalog since the last; where the catalog is another process,
 * that one tells which assets change (`Catalog.watch`). URLs whose meaning depends on more
 * than the one asset and the environment (named transformations, layers, tokens, placeholders, the operator's list of
 * strict transformations) are not kept. What a signature opened closes with its key: accounts have a generation.
 */
export function createHotAnswers(app: App) {
  const entries = createHot<Entry>(app.config['hot-bytes'], ({ body }) => body.length + 2048);
  const { db, assets, stampNow, watch } = app.catalog;

  const isUnchanged = ({ identities, stamps }: Entry, stampOfNow: NonNullable<typeof stampNow>): boolean =>
    identities.every((identity, index) => stampOfNow(identity) === stamps[index]);

  const isCurrent = (entry: Entry): boolean => {
    if (entry.accounts !== app.accounts.generation) return false;
    const changes = entry.changes();
    if (entry.seenAt === changes) return true;
    if (stampNow === undefined) return false;
    entry.seenAt = changes;
    return isUnchanged(entry, stampNow);
  };

  /** The first look at the rows where that takes a question to another process: what changes after it is told of. */
  const confirm = async (entry: Entry): Promise<boolean> => {
    const { identities, stamps, changes } = entry;
    entry.seenAt = changes();
    const rows = await Promise.all(identities.map((identity) => assets.find(db, identity)));
    return rows.every((row, index) => (row && stampOf(row)) === stamps[index]) && isCurrent(entry);
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
      const identities = [public_id, ...before].map((one) => ({ cloud, resource_type, type, public_id: one }));
      const entry: Entry = {
        answer,
        body: data,
        cloud,
        identities,
        stamps: [stampOf(row), ...before.map(() => undefined)],
        changes: watch(identities),
        accounts: app.accounts.generation,
        seenAt: -1,
      };
      const key = keyOf(request, vary.length > 0);
      // What changed while the result was made must not be taken for what it was made from.
      if (stampNow !== undefined) {
        if (isCurrent(entry)) entries.set(key, entry);
      } else
        confirm(entry).then(
          (current) => current && entries.set(key, entry),
          (error: Error) => app.log.debug({ err: error }, 'a hot answer could not be confirmed'),
        );
    },
  };
}

export type HotAnswers = ReturnType<typeof createHotAnswers>;
