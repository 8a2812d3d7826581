import './no-styles.ts';
import library from 'video.js';
import 'video.js/dist/video-js.css';
import './player.css';
import { chaptersOf, type PlayerOptions, type PlayerSource, posterOf, sourcesOf } from './options.ts';

/** The parts of video.js used here: its own types describe its CommonJS build, bundlers take the other. */
interface VideoJs {
  poster(address: string): void;
  el(): HTMLElement;
  addRemoteTextTrack(track: Record<string, unknown>, manualCleanup: boolean): unknown;
  dispose(): void;
  one(event: string, listener: () => void): void;
  muted(on: boolean): void;
  play(): Promise<void> | undefined;
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

/** Tracks stay when another source follows. */
const KEEP = true;

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

function addTracks(player: VideoJs, options: PlayerOptions): void {
  for (const track of options.captions ?? [])
    player.addRemoteTextTrack(
      {
        kind: track.kind ?? 'captions',
        src: track.src,
        srclang: track.language,
        label: track.label,
        default: track.default ?? false,
      },
      KEEP,
    );
  const chapters = chaptersOf(options, home);
  if (chapters) player.addRemoteTextTrack({ kind: 'chapters', src: chapters, srclang: 'en', default: true }, KEEP);
}

/** Browsers let a page start a film by itself only without sound: so it is started again, muted, when they refuse. */
function start(player: VideoJs): void {
  const refused = (): void => {
    player.muted(true);
    player.play()?.catch(() => {});
  };
  player.play()?.catch(refused);
}

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
    autoplay: false,
    muted: options.muted ?? false,
    loop: options.loop ?? false,
    preload: options.autoplay ? 'auto' : (options.preload ?? 'metadata'),
    fluid: false,
    responsive: true,
    ...(options.aspectRatio ? { aspectRatio: options.aspectRatio } : {}),
    controlBar: {
      pictureInPictureToggle: options.pictureInPicture ?? true,
      ...(options.jumpControls ? { skipButtons: { forward: 10, backward: 10 } } : {}),
    },
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
    // What is not there has no picture either.
    if (next === undefined) return player.poster('');
    player.error(null);
    player.src(next);
  });
  if (options.autoplay) player.one('loadedmetadata', () => start(player));
  // Only now is the part of the library there that keeps them: tracks given earlier are dropped without a word.
  player.one('loadstart', () => addTracks(player, options));
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
