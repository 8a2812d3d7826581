import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';
import { maxBytesOf } from '../config.ts';
import { ERRORS } from '../errors.ts';
import type { AnalysisName } from '../ingest/inspect/analyze.ts';
import { canonicalFormat } from '../ingest/inspect/formats.ts';
import type { MediaFacts } from '../ingest/inspect/inspector.ts';
import { applyIncoming } from './incoming.ts';
import type { UploadOptions } from './parameters.ts';

export interface IntakeRequest {
  readonly cloud: string;
  readonly file: SpooledFile;
  readonly filename: string | undefined;
  /** `auto` decides by content. */
  readonly resourceType: 'image' | 'video' | 'raw' | 'auto';
  readonly options: Pick<UploadOptions, 'allowed_formats' | 'format' | 'transformation'>;
  readonly wanted: readonly AnalysisName[];
}

export interface Intake {
  /** What will be stored: the file that came, or the result of the incoming transformation. */
  readonly file: SpooledFile;
  readonly facts: MediaFacts;
  /** Whether `file` is a result made here, which whoever asked has to discard. */
  readonly made: boolean;
}

const KIND_NAMES = { image: 'Image', video: 'Video', raw: 'Raw' } as const;
/**
 * The format to convert to, if any. With `allowed_formats`, only files outside the list are converted (Upload API
 * reference, `allowed_formats`).
 *
 * @throws 400 `<Kind> file format <format> not allowed`
 */
function conversion({ resourceType, format = '' }: MediaFacts, options: IntakeRequest['options']): string | undefined {
  const allowed = options.allowed_formats?.map(canonicalFormat);
  const target = options.format === undefined ? undefined : canonicalFormat(options.format);
  if (allowed === undefined) return target;
  if (allowed.includes(canonicalFormat(format))) return undefined;
  if (target === undefined || !allowed.includes(target))
    throw ERRORS.FormatNotAllowed(KIND_NAMES[resourceType], format);
  return target;
}

/** Looks at what came, checks it against limits and allowed formats, and applies the incoming transformation. */
export async function takeIn(app: App, request: IntakeRequest): Promise<Intake> {
  const { cloud, file, filename = '', resourceType, options, wanted } = request;
  if (file.bytes === 0) throw ERRORS.EmptyFile();
  // What is about to be transformed is analysed afterwards.
  const early = options.transformation === undefined && options.format === undefined ? wanted : [];
  const facts = await app.inspector.inspectFile(file, { filename, resourceType, wanted: early });
  const limit = maxBytesOf(app.config, facts.resourceType);
  if (file.bytes > limit) throw ERRORS.FileTooLarge(file.bytes, limit);
  const format = conversion(facts, options);
  const made = await applyIncoming(app, { cloud, file, facts, transformation: options.transformation, format, wanted });
  if (made !== undefined) return { ...made, made: true };
  const late =
    early.length < wanted.length ? await app.inspector.inspectFile(file, { filename, resourceType, wanted }) : facts;
  return { file, facts: late, made: false };
}
