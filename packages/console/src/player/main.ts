import './no-styles.ts';
import library from 'video.js';
import 'video.js/dist/video-js.css';
import './player.css';
import { type PlayerOptions, type PlayerSource, posterOf, sourcesOf } from './options.ts';

/** The parts of video.js used here: its own types describe its CommonJS build, bundlers take the other. */
interface VideoJs {
  el(): HTMLElement;
  addRemoteTextTrack(track: Record<string, unknown>, manualCleanup: boolean): unknown;
  dispose(): void;
  on(event: string, listener: () => void): void;
  src(source: PlayerSource): void;
  error(none: null): void;
}
const videojs = library as unknown as (element: Element, options: Record<string, unknown>) => VideoJs;

declare global {
  interface Window {
    signetPlayer?: { create: typeof create };
    cloudinary?: object;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
const home = script?.src ? new URL(script.src).origin : location.origin;

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** Puts a player into an element, or makes one of a `<video>` that is there. Needs `/player/player.css` on the page. */
function create(where: string | Element, options: PlayerOptions): VideoJs {
  const found = typeof where === 'string' ? document.querySelector(where) : where;
  if (found === null) throw new Error(`There is no element ${String(where)} for the player`);
  if (!options.cloudName || !options.publicId) throw new Error('Expected cloudName and publicId for the player');
  let element = found as HTMLVideoElement;
  if (!(found instanceof HTMLMediaElement)) {
    element = document.createElement('video');
    found.append(element);
  }
  element.classList.add('video-js', 'signet-player');
  if (options.audio) element.classList.add('signet-audio');
  element.setAttribute('playsinline', '');
  element.setAttribute('crossorigin', 'anonymous');
  const sources = sourcesOf(options, home);
  const player = videojs(element, {
    controls: options.controls ?? true,
    autoplay: options.autoplay ? (options.muted ? 'muted' : 'any') : false,
    muted: options.muted ?? false,
    loop: options.loop ?? false,
    preload: 'metadata',
    fluid: false,
    responsive: true,
    audioOnlyMode: options.audio ?? false,
    playbackRates: [...(options.playbackRates ?? RATES)],
    poster: posterOf(options, home),
    sources: sources.slice(0, 1),
    userActions: { hotkeys: true },
    html5: { vhs: { overrideNative: false } },
  });
  // A format the server cannot make (or the browser not play) is followed by the next one.
  const others = sources.slice(1);
  player.on('error', () => {
    const next = others.shift();
    if (next === undefined) return;
    player.error(null);
    player.src(next);
  });
  for (const [index, track] of (options.captions ?? []).entries())
    player.addRemoteTextTrack(
      { kind: 'captions', src: track.src, srclang: track.language, label: track.label, default: index === 0 },
      false,
    );
  if (options.chapters) player.addRemoteTextTrack({ kind: 'chapters', src: options.chapters, srclang: 'en' }, false);
  if (options.title) player.el().setAttribute('aria-label', options.title);
  return player;
}

window.signetPlayer = { create };

/** `cloudinary.videoPlayer(element, options)` of the cloud's player, as far as ours can do it. */
function videoPlayer(where: string | Element, options: Record<string, unknown> = {}): VideoJs {
  const element = typeof where === 'string' ? (document.getElementById(where) ?? where) : where;
  const { cloudName, cloud_name, publicId, ...rest } = options;
  return create(element, {
    ...rest,
    cloudName: String(cloudName ?? cloud_name ?? ''),
    publicId: String(publicId ?? ''),
  } as PlayerOptions);
}

window.cloudinary = Object.assign(window.cloudinary ?? {}, { videoPlayer });
