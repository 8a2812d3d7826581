/**
 * What the embedded player reads from its address, in the bracket form of the cloud's page
 * (`player[controls]=true`, `source[poster]=…`, `profile=cld-looping`; delivery reference 4.4).
 */
import { transformationText } from '../widget/transformation.ts';

export interface TextTrack {
  readonly kind?: 'captions' | 'subtitles';
  readonly src: string;
  readonly language: string;
  readonly label: string;
  readonly default?: boolean;
}

export interface PlayerOptions {
  readonly cloudName: string;
  readonly publicId: string;
  /** `https://HOST`; default: where the script came from. */
  readonly origin?: string;
  readonly type?: string;
  readonly transformation?: string;
  readonly poster?: string;
  readonly title?: string;
  readonly description?: string;
  readonly autoplay?: boolean;
  readonly muted?: boolean;
  readonly loop?: boolean;
  readonly controls?: boolean;
  readonly preload?: string;
  readonly playbackRates?: readonly number[];
  /** Sound only: no picture, a bar of controls. */
  readonly audio?: boolean;
  readonly fluid?: boolean;
  /** `16:9` */
  readonly aspectRatio?: string;
  /** Buttons ten seconds back and forth. */
  readonly jumpControls?: boolean;
  readonly pictureInPicture?: boolean;
  readonly sourceTypes?: readonly string[];
  /** Address of a WebVTT file; `true`: the raw asset `<public_id>-chapters.vtt`. */
  readonly chapters?: string | true;
  readonly captions?: readonly TextTrack[];
}

export interface PlayerSource {
  readonly src: string;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  ogv: 'video/ogg',
  mov: 'video/mp4',
  hls: 'application/x-mpegURL',
  dash: 'application/dash+xml',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  aac: 'audio/aac',
};
const EXTENSIONS: Readonly<Record<string, string>> = { hls: 'm3u8', dash: 'mpd' };
const ADAPTIVE = ['hls', 'dash'];

const encodePath = (id: string): string => encodeURIComponent(id).replaceAll('%2F', '/').replaceAll('%3A', ':');

const isAddress = (id: string): boolean => /^https?:\/\//i.test(id);

export function sourcesOf(options: PlayerOptions, home: string): PlayerSource[] {
  const { cloudName, publicId, origin = home, type = 'upload', transformation } = options;
  if (isAddress(publicId)) {
    const extension = /\.(\w+)(?:[?#]|$)/.exec(publicId)?.[1]?.toLowerCase() ?? 'mp4';
    const name = Object.entries(EXTENSIONS).find(([, other]) => other === extension)?.[0] ?? extension;
    return [{ src: publicId, type: TYPES[name] ?? 'video/mp4' }];
  }
  const wanted = options.sourceTypes ?? (options.audio ? ['mp3', 'wav'] : ['mp4', 'webm']);
  return wanted
    .map((name) => (name === 'auto' ? 'mp4' : name.split('/')[0]!))
    .filter((name) => name in TYPES)
    .map((name) => {
      // Adaptive streams need a streaming profile: the automatic one unless another was chosen.
      const profile = ADAPTIVE.includes(name) && !/(^|[,/])sp_/.test(transformation ?? '') ? ['sp_auto'] : [];
      const chain = [...profile, ...(transformation ? [transformation] : [])];
      return {
        src: [origin, cloudName, 'video', type, ...chain, encodePath(publicId)]
          .join('/')
          .concat(`.${EXTENSIONS[name] ?? name}`),
        type: TYPES[name]!,
      };
    });
}

export function posterOf(options: PlayerOptions, home: string): string | undefined {
  if (options.poster !== undefined) return options.poster;
  if (options.audio || isAddress(options.publicId)) return undefined;
  const { cloudName, publicId, origin = home, type = 'upload' } = options;
  return `${origin}/${cloudName}/video/${type}/so_0/c_limit,w_1280/${encodePath(publicId)}.jpg`;
}

export function chaptersOf(options: PlayerOptions, home: string): string | undefined {
  if (options.chapters !== true) return options.chapters;
  const { cloudName, publicId, origin = home, type = 'upload' } = options;
  return `${origin}/${cloudName}/raw/${type}/${encodePath(publicId)}-chapters.vtt`;
}

/** What the profiles of the cloud's player choose (cloudinary-video-player-profiles). */
const PROFILES: Readonly<Record<string, Partial<PlayerOptions>>> = {
  'cld-default': {},
  'cld-looping': { controls: false, muted: true, autoplay: true, loop: true },
  'cld-adaptive-stream': { jumpControls: true, chapters: true, sourceTypes: ['hls', 'mp4'] },
};

type Tree = { [name: string]: string | Tree };

/** `a[b][c]=1&a[d][]=2` as an object; lists have numbers as names. Names that would touch prototypes are dropped. */
export function readBrackets(query: URLSearchParams): Tree {
  const root: Tree = Object.create(null) as Tree;
  for (const [name, value] of query) {
    const [first = '', ...inner] = name.split('[').map((part) => part.replace(/\]$/, ''));
    const path = [first, ...inner];
    if (path.length > 6 || path.some((part) => part === '__proto__' || part === 'constructor')) continue;
    let at = root;
    for (const part of path.slice(0, -1)) {
      const key = part === '' ? String(Object.keys(at).length) : part;
      if (typeof at[key] !== 'object') at[key] = Object.create(null) as Tree;
      at = at[key] as Tree;
    }
    const last = path.at(-1)!;
    at[last === '' ? String(Object.keys(at).length) : last] = value;
  }
  return root;
}

const branch = (tree: Tree | string | undefined, name: string): Tree =>
  typeof tree === 'object' && typeof tree[name] === 'object' ? (tree[name] as Tree) : {};
const leaf = (tree: Tree | string | undefined, ...names: readonly string[]): string | undefined =>
  typeof tree === 'object'
    ? names.map((name) => tree[name]).find((value): value is string => typeof value === 'string')
    : undefined;
const flag = (value: string | undefined): boolean | undefined =>
  value === undefined ? undefined : value === '' || value === 'true' || value === '1';
/** Addresses of captions and posters may be of other hosts, but only by http. */
const web = (value: string | undefined): string | undefined =>
  value !== undefined && isAddress(value) ? value : undefined;
/** `a,b`, or a list in brackets. */
const list = (value: string | Tree | undefined): string[] | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value.split(',') : Object.values(value).map(String);

const plainTree = (tree: Tree): unknown =>
  Object.keys(tree).every((key) => /^\d+$/.test(key))
    ? Object.values(tree).map((value) => (typeof value === 'string' ? value : plainTree(value)))
    : Object.fromEntries(
        Object.entries(tree).map(([key, value]) => [key, typeof value === 'string' ? value : plainTree(value)]),
      );

function tracksOf(tree: Tree, source: Tree): TextTrack[] | undefined {
  const textTracks = branch(source, 'textTracks');
  const captions = branch(textTracks, 'captions');
  const rows = [
    { url: leaf(source, 'captions') ?? leaf(tree, 'captions'), tree, kind: 'captions' as const },
    { url: leaf(captions, 'url'), tree: captions, kind: 'captions' as const },
    ...Object.values(branch(textTracks, 'subtitles')).map((row) => ({
      url: leaf(row, 'url'),
      tree: row as Tree,
      kind: 'subtitles' as const,
    })),
  ];
  const tracks = rows.flatMap(({ url, tree: row, kind }, index): TextTrack[] => {
    const src = web(url);
    if (src === undefined) return [];
    const language = leaf(row, 'language', 'captions_language') ?? 'en';
    return [{ kind, src, language, label: leaf(row, 'label', 'captions_label') ?? language, default: index < 2 }];
  });
  return tracks.length > 0 ? tracks : undefined;
}

export function readQuery(query: URLSearchParams): PlayerOptions {
  const tree = readBrackets(query);
  const [player, source] = [branch(tree, 'player'), branch(tree, 'source')];
  const info = branch(source, 'info');
  const own = (...names: readonly string[]): string | undefined => leaf(player, ...names) ?? leaf(tree, ...names);
  const transformation = source.transformation;
  const chapters = leaf(source, 'chapters') ?? leaf(tree, 'chapters');
  const given = {
    type: leaf(source, 'type') ?? leaf(tree, 'type'),
    transformation:
      transformationText(typeof transformation === 'object' ? plainTree(transformation) : transformation) || undefined,
    poster: web(leaf(source, 'poster') ?? own('poster')),
    title: leaf(info, 'title') ?? leaf(source, 'title') ?? leaf(tree, 'title'),
    description: leaf(info, 'subtitle', 'description') ?? leaf(source, 'description'),
    autoplay: flag(own('autoplay')) ?? (own('autoplayMode') === 'always' || undefined),
    muted: flag(own('muted')),
    loop: flag(own('loop')),
    controls: flag(own('controls')),
    preload: own('preload'),
    audio: flag(own('audio', 'audioOnly')),
    fluid: flag(own('fluid')),
    aspectRatio: own('aspectRatio', 'aspect_ratio'),
    jumpControls: flag(own('showJumpControls')),
    pictureInPicture: flag(own('pictureInPictureToggle')),
    playbackRates: list(player.playbackRates ?? player.playback_rates)
      ?.map(Number)
      .filter((rate) => rate > 0 && rate <= 16),
    sourceTypes: list(source.sourceTypes),
    chapters: flag(chapters) === true ? (true as const) : web(chapters),
    captions: tracksOf(tree, source),
  };
  return {
    cloudName: leaf(tree, 'cloud_name') ?? '',
    publicId: leaf(tree, 'public_id') ?? '',
    ...PROFILES[leaf(tree, 'profile') ?? ''],
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}
