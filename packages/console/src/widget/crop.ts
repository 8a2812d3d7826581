import { make } from './dom.ts';
import type { Words } from './text.ts';

export interface Part {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface CropChoice {
  /** Width by height; free when `undefined`. */
  readonly ratio: number | undefined;
  /** How much is selected at first, 0.1 to 1. Default 1. */
  readonly share?: number;
  readonly skip?: boolean;
  readonly back?: boolean;
  readonly showSize?: boolean;
  /** Smallest selection in pixels of the picture. */
  readonly least?: { readonly width: number; readonly height: number };
}

/**
 * Lets a person choose a rectangle of a picture by pointer or keys. Answers it in pixels of the picture; `undefined`:
 * the whole picture, chosen or because it cannot be shown; `back`: another file is wanted.
 */
export function chooseCrop(
  body: HTMLElement,
  file: File,
  words: Words,
  { ratio, share = 1, skip = true, back = true, showSize = false, least = { width: 0, height: 0 } }: CropChoice,
): Promise<Part | undefined | 'back'> {
  return new Promise((resolve) => {
    const address = URL.createObjectURL(file);
    const image = make('img', { alt: '' });
    const part = make('div', { class: 'part', tabindex: 0, role: 'group', 'aria-label': words.cropHelp }, make('span'));
    const size = make('div', { class: 'size' });
    const problem = make('div', { class: 'problem', role: 'alert' });
    if (showSize) part.append(size);
    const frame = make('div', { class: 'crop' }, image, part);
    let chosen: Part = { x: 0, y: 0, width: 0, height: 0 };
    const end = (answer: Part | undefined | 'back'): void => {
      URL.revokeObjectURL(address);
      resolve(answer);
    };
    const whole = (): { width: number; height: number } => ({ width: image.clientWidth, height: image.clientHeight });

    /** The selection in pixels of the picture. */
    const inPixels = (): Part => {
      const scale = image.naturalWidth / image.clientWidth;
      return {
        x: Math.round(chosen.x * scale),
        y: Math.round(chosen.y * scale),
        width: Math.round(chosen.width * scale),
        height: Math.round(chosen.height * scale),
      };
    };

    const place = (next: Part): void => {
      const { width, height } = whole();
      let w = Math.max(16, Math.min(next.width, width));
      let h = Math.max(16, Math.min(ratio === undefined ? next.height : w / ratio, height));
      if (ratio !== undefined) w = Math.min(w, h * ratio);
      w = Math.min(w, width);
      h = Math.min(h, height);
      chosen = {
        x: Math.max(0, Math.min(next.x, width - w)),
        y: Math.max(0, Math.min(next.y, height - h)),
        width: w,
        height: h,
      };
      Object.assign(part.style, {
        left: `${chosen.x}px`,
        top: `${chosen.y}px`,
        width: `${chosen.width}px`,
        height: `${chosen.height}px`,
      });
      const pixels = inPixels();
      size.textContent = `${pixels.width} × ${pixels.height}`;
    };

    image.onload = () => {
      const { width, height } = whole();
      const w = Math.min(width, ratio === undefined ? width : height * ratio) * share;
      const h = ratio === undefined ? height * share : w / ratio;
      place({ x: (width - w) / 2, y: (height - h) / 2, width: w, height: h });
      part.focus();
    };
    image.onerror = () => end(undefined);

    part.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      const start = { ...chosen, px: event.clientX, py: event.clientY };
      const resize = event.target instanceof HTMLSpanElement;
      part.setPointerCapture(event.pointerId);
      part.onpointermove = (moved) => {
        const [dx, dy] = [moved.clientX - start.px, moved.clientY - start.py];
        place(
          resize
            ? { ...start, width: start.width + dx, height: start.height + dy }
            : { ...start, x: start.x + dx, y: start.y + dy },
        );
      };
      part.onpointerup = () => {
        part.onpointermove = null;
      };
    });
    part.addEventListener('keydown', (event) => {
      const steps: Readonly<Record<string, readonly [number, number]>> = {
        ArrowLeft: [-8, 0],
        ArrowRight: [8, 0],
        ArrowUp: [0, -8],
        ArrowDown: [0, 8],
      };
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const [dx, dy] = step;
      place(
        event.shiftKey
          ? { ...chosen, width: chosen.width + dx, height: chosen.height + dy }
          : { ...chosen, x: chosen.x + dx, y: chosen.y + dy },
      );
    });

    const use = (): void => {
      const wanted = inPixels();
      const large = wanted.width >= least.width && wanted.height >= least.height;
      if (large) end(wanted);
      else problem.textContent = `${words.partTooSmall} ${least.width} × ${least.height}`;
    };
    body.replaceChildren(
      frame,
      problem,
      make(
        'div',
        { class: 'row end' },
        back && make('button', { class: 'plain', type: 'button', onclick: () => end('back') }, words.back),
        skip && make('button', { class: 'plain', type: 'button', onclick: () => end(undefined) }, words.skip),
        make('button', { class: 'action', type: 'button', onclick: use }, words.crop),
      ),
    );
    image.src = address;
  });
}
