/** Models of `detection` whose objects the cloud gathers under one key (spec of `info.detection.object_detection`). */
export const OBJECT_MODELS: ReadonlySet<string> = new Set([
  'coco',
  'coco_v1',
  'coco_v2',
  'lvis',
  'lvis_v1',
  'unidet',
  'cld-fashion',
  'cld-text',
  'human-anatomy',
  'shop-classifier',
]);

export type Info = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Result {
  readonly status: 'pending' | 'complete' | 'failed';
  readonly data?: unknown;
  readonly message?: string;
}

/** `info` with the result at `info.<parameter>.<name>`; objects that a model finds lie together by model. */
export function withResult(info: Info, parameter: string, name: string, result: Result): Info {
  const known = info[parameter] ?? {};
  if (parameter !== 'detection' || !OBJECT_MODELS.has(name))
    return { ...info, [parameter]: { ...known, [name]: result } };
  const { data, ...rest } = result;
  const gathered = (known.object_detection as Result | undefined)?.data as object | undefined;
  const together = { ...rest, data: { ...gathered, ...(data === undefined ? {} : { [name]: data }) } };
  return { ...info, [parameter]: { ...known, object_detection: together } };
}

const textOf = (tag: unknown): string | undefined => {
  if (typeof tag === 'string') return tag;
  const [first] = typeof tag === 'object' && tag !== null ? Object.values(tag) : [];
  return typeof first === 'string' ? first : undefined;
};

/**
 * Names that a model is sure enough of, in lower case: of `[{"tag":"Sea","confidence":0.9}]` (a tag may be
 * `{"en":"Sea"}`), or of `{"tags":{"dog":[{"confidence":0.98}]}}`.
 *
 * @param threshold 0 to 1, of `auto_tagging`
 */
export function tagsAbove(data: unknown, threshold: number): string[] {
  const found: (readonly [tag: unknown, confidence: unknown])[] = [];
  if (Array.isArray(data)) for (const item of data) found.push([item?.tag, item?.confidence]);
  else if (typeof data === 'object' && data !== null && 'tags' in data)
    for (const [tag, hits] of Object.entries((data.tags ?? {}) as Record<string, unknown>))
      for (const hit of Array.isArray(hits) ? hits : []) found.push([tag, hit?.confidence]);
  const tags = found
    .filter(([, confidence]) => typeof confidence === 'number' && confidence >= threshold)
    .map(([tag]) => textOf(tag)?.trim().toLowerCase())
    .filter((tag): tag is string => tag !== undefined && tag !== '');
  return [...new Set(tags)];
}
