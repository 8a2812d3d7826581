import { elementOf, make } from './dom.ts';
import type { WidgetCallback, WidgetOptions } from './options.ts';
import { createWidget, type Widget } from './widget.ts';

/** Where this script came from is where uploads go, unless `uploadPrefix` says otherwise. */
const script = document.currentScript as HTMLScriptElement | null;
const home = script?.src ? new URL(script.src).origin : location.origin;

let cloudName = '';

function createUploadWidget(options: WidgetOptions, callback: WidgetCallback = () => {}): Widget {
  const given = { uploadPrefix: home, ...options, cloudName: options.cloudName || cloudName };
  if (!given.cloudName) throw new Error('Expected cloudName in the options of the upload widget');
  return createWidget(given, callback);
}

function openUploadWidget(options: WidgetOptions, callback?: WidgetCallback): Widget {
  const widget = createUploadWidget(options, callback);
  widget.open();
  return widget;
}

/** A button beside the element that opens the widget. */
function applyUploadWidget(
  where: string | Element,
  options: WidgetOptions,
  callback?: WidgetCallback,
): Widget | undefined {
  const element = elementOf(where);
  if (element === null) return undefined;
  const widget = createUploadWidget(
    {
      ...options,
      form: options.form ?? element.closest('form') ?? undefined,
      thumbnails: options.thumbnails ?? element.closest('form') ?? undefined,
    },
    callback,
  );
  const caption = options.buttonCaption ?? 'Upload';
  const button = make('button', { type: 'button', class: options.buttonClass ?? 'cloudinary-button' }, caption);
  button.addEventListener('click', () => widget.open());
  element.after(button);
  return widget;
}

const cloudinary = {
  createUploadWidget,
  openUploadWidget,
  applyUploadWidget,
  setCloudName(name: string): void {
    cloudName = name;
  },
  setAPIKey(): void {},
};

declare global {
  interface Window {
    cloudinary?: object;
  }
}

// The player's script has the same global: each adds its own part.
window.cloudinary = Object.assign(window.cloudinary ?? {}, cloudinary);
