/** What happens to chosen files before they are sent: checks, `preBatch`, cropping, encryption. */
import type { Fields } from '../upload/engine.ts';
import { encrypt, fitDimensions, refusal } from './checks.ts';
import { chooseCrop } from './crop.ts';
import { isMultiple, type WidgetOptions } from './options.ts';
import type { Words } from './text.ts';

export interface Refused {
  readonly name: string;
  readonly text: string;
}

export interface Accepted {
  readonly source: File | string;
  /** What was chosen, for a preview: encryption changes `source`. */
  readonly preview: File | string;
  readonly extra: Fields;
}

export type Batch =
  | { readonly accepted: readonly Accepted[]; readonly refused: readonly Refused[] }
  | { readonly cancelled: 'USER_CANCELLED' | 'CROP_CANCELLED' | 'MAX_EXCEEDED'; readonly refused: readonly Refused[] };

const nameOf = (item: File | string): string => (typeof item === 'string' ? item.slice(0, 80) : item.name);

/** The files that pass the checks, made smaller where the options say so, and why the others do not. */
async function sift(
  chosen: readonly (File | string)[],
  options: WidgetOptions,
  words: Words,
): Promise<{ fit: (File | string)[]; refused: Refused[] }> {
  const fit: (File | string)[] = [];
  const refused: Refused[] = [];
  for (const item of chosen) {
    if (typeof item === 'string') {
      fit.push(item);
      continue;
    }
    const reason = refusal(item, options);
    const sized = reason === undefined ? await fitDimensions(item, options) : undefined;
    if (sized !== undefined) fit.push(sized);
    else refused.push({ name: item.name, text: words[reason ?? 'dimensions'] });
  }
  return { fit, refused };
}

/** Whether the page's `preBatch` says no. */
async function isCancelled({ preBatch }: WidgetOptions, fit: readonly (File | string)[]): Promise<boolean> {
  if (preBatch === undefined) return false;
  const files = fit.filter((item): item is File => item instanceof File);
  const answer = await new Promise<{ cancel?: boolean } | undefined>((done) => preBatch(done, { files }));
  return answer?.cancel === true;
}

/** The part of a single picture that somebody chose, as parameters; `back` when they went back. */
async function cropOf(
  fit: readonly (File | string)[],
  options: WidgetOptions,
  words: Words,
  place: () => HTMLElement,
): Promise<Fields | 'back'> {
  const [only] = fit;
  if (!options.cropping || fit.length !== 1 || !(only instanceof File) || !only.type.startsWith('image/')) return {};
  const part = await chooseCrop(place(), only, words, {
    ratio: options.croppingAspectRatio,
    share: Math.min(options.croppingDefaultSelectionRatio || 1, 1),
    skip: options.showSkipCropButton !== false,
    back: options.croppingShowBackButton !== false,
    showSize: options.croppingShowDimensions === true,
    ...(options.croppingValidateDimensions && {
      least: { width: options.minImageWidth ?? 0, height: options.minImageHeight ?? 0 },
    }),
  });
  if (part === 'back') return part;
  const name = options.croppingCoordinatesMode === 'face' ? 'face_coordinates' : 'custom_coordinates';
  return part ? { [name]: [part.x, part.y, part.width, part.height].join(',') } : {};
}

/**
 * @param room How many files may still be taken.
 * @param place Element that shows the cropping; the window is busy meanwhile.
 * @param extra Parameters that were typed for these files.
 */
export async function prepareBatch(
  chosen: readonly (File | string)[],
  options: WidgetOptions,
  words: Words,
  { room, place, extra }: { room: number; place: () => HTMLElement; extra: Fields },
): Promise<Batch> {
  const { fit, refused } = await sift(chosen, options, words);
  const limit = isMultiple(options) ? options.maxFiles : 1;
  const over = fit.splice(Math.max(room, 0));
  for (const item of over) refused.push({ name: nameOf(item), text: `${words.many} ${limit}` });
  if (fit.length === 0) return over.length > 0 ? { cancelled: 'MAX_EXCEEDED', refused } : { accepted: [], refused };

  if (await isCancelled(options, fit)) return { cancelled: 'USER_CANCELLED', refused };
  const coordinates = await cropOf(fit, options, words, place);
  if (coordinates === 'back') return { cancelled: 'CROP_CANCELLED', refused };

  const accepted: Accepted[] = [];
  for (const item of fit) {
    try {
      const { encryption } = options;
      const source = encryption && item instanceof File ? await encrypt(item, encryption) : item;
      accepted.push({ source, preview: item, extra: { ...extra, ...coordinates } });
    } catch (error) {
      refused.push({ name: nameOf(item), text: `${words.unprepared}: ${(error as Error).message}` });
    }
  }
  return { accepted, refused };
}
