import { accepts } from '@signet/transformation';
import type { FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { createHot } from '../../blobs/hot.ts';
import type { Delivered } from '../../delivery/deliver.ts';
import type { Answer } from './respond.ts';

export interface HotAnswer {
  readonly answer: Answer;
  readonly cloud: string;
  readonly seq: number;
  /** What the catalog said of the asset when the answer was made. */
  readonly stamp: string;
}

/** Everything of a row that decides whether and how it is delivered. */
const STAMP = `SELECT version_id || '|' || status || '|' || type || '|' || public_id || '|' || access_mode || '|' || coordinates || '|' ||
  ifnull(access_control, '') || '|' || ifnull(moderation_status, '') || '|' || ifnull(headers, '') || '|' || updated_at AS stamp FROM assets WHERE seq = ?`;

/** Request headers a plan may look at, reduced to what makes a difference. */
const variant = ({ headers }: FastifyRequest): string => {
  const { accept } = headers;
  const formats = ['image/avif', 'image/webp', 'image/jxl'].map((type) => (accepts(accept, type) ? '1' : '0')).join('');
  return `${formats}|${headers['sec-ch-dpr'] ?? headers.dpr ?? ''}|${headers['sec-ch-width'] ?? headers.width ?? ''}|${headers['save-data'] ?? ''}`;
};

/**
 * Answers of small, public results by URL, so that a hit costs one look at the catalog (is the asset still what it
 * was?) and no parsing or planning. URLs whose meaning depends on more than the one asset (named transformations,
 * layers, tokens, placeholders) are not kept.
 */
export function createHotAnswers(app: App) {
  const answers = createHot<HotAnswer>(app.config['hot-bytes'], ({ answer }) => answer.bytes + 2048);
  const statement = app.catalog.raw.prepare(STAMP);
  const stampOf = (seq: number): string | undefined => (statement.get(seq) as { stamp: string } | undefined)?.stamp;
  const keyOf = (request: FastifyRequest): string => `${request.raw.url}\n${variant(request)}`;

  return {
    get(request: FastifyRequest): HotAnswer | undefined {
      const key = keyOf(request);
      const known = answers.get(key);
      if (known === undefined) return undefined;
      if (stampOf(known.seq) === known.stamp) return known;
      answers.delete(key);
      return undefined;
    },

    set(request: FastifyRequest, { row, derived, transformation, missing }: Delivered, answer: Answer): void {
      const { data, plan, improvable } = derived;
      const alone =
        data !== undefined &&
        !improvable &&
        missing === undefined &&
        row.type === 'upload' &&
        row.access_mode === 'public' &&
        // What a signature opened closes again with its key.
        !request.raw.url!.includes('/s--') &&
        row.access_control === null;
      if (!alone || plan.references.length > 0 || /(?:^|[/,])(?:t|bl|d)_/.test(transformation)) return;
      if (plan.delivery.vary.some((name) => name.toLowerCase() === 'user-agent')) return;
      const stamp = stampOf(row.seq);
      if (stamp !== undefined) answers.set(keyOf(request), { answer, cloud: row.cloud, seq: row.seq, stamp });
    },
  };
}
