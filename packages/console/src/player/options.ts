/** What the embedded player reads from its address (`player[controls]=true`, `source[poster]=…`). */
export interface PlayerOptions {
  readonly cloudName: string;
  readonly publicId: string;
  /** `https://HOST`; default: where the script came from. */
  readonly origin?: string;
  readonly type?: string;
  readonly transformation?: string;
  readonly poster?: string;
  readonly title?: string;
  readonly autoplay?: boolean;
  readonly muted?: boolean;
  readonly loop?: boolean;
  readonly controls?: boolean;
  readonly playbackRates?: readonly number[];
  /** Sound only: no picture, a bar of controls. */
  readonly audio?: boolean;
  readonly fluid?: boolean;
  readonly sourceTypes?: readonly string[];
  readonly chapters?: string;
  readonly captions?: readonly { readonly src: string; readonly language: string; readonly label: string }[];
}

export interface PlayerSource {
  readonly src: string;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  hls: 'application/x-mpegURL',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
};
const EXTENSIONS: Readonly<Record<string, string>> = { hls: 'm3u8' };

const encodePath = (id: string): string => encodeURIComponent(id).replaceAll('%2F', '/').replaceAll('%3A', ':');

const isAddress = (id: string): boolean => /^https?:\/\//i.test(id);

export function sourcesOf(options: PlayerOptions, home: string): PlayerSource[] {
  const { cloudName, publicId, origin = home, type = 'upload', transformation } = options;
  if (isAddress(publicId)) {
    const extension = /\.(\w+)(?:[?#]|$)/.exec(publicId)?.[1]?.toLowerCase() ?? 'mp4';
    return [{ src: publicId, type: extension === 'm3u8' ? TYPES.hls! : (TYPES[extension] ?? 'video/mp4') }];
  }
  const wanted = options.sourceTypes ?? (options.audio ? ['mp3', 'wav'] : ['mp4', 'webm']);
  return wanted
    .map((name) => (name === 'auto' ? 'mp4' : name.split('/')[0]!))
    .filter((name) => name in TYPES)
    .map((name) => ({
      src: [origin, cloudName, 'video', type, ...(transformation ? [transformation] : []), encodePath(publicId)]
        .join('/')
        .concat(`.${EXTENSIONS[name] ?? name}`),
      type: TYPES[name]!,
    }));
}

export function posterOf(options: PlayerOptions, home: string): string | undefined {
  if (options.poster !== undefined) return options.poster;
  if (options.audio || isAddress(options.publicId)) return undefined;
  const { cloudName, publicId, origin = home, type = 'upload' } = options;
  return `${origin}/${cloudName}/video/${type}/so_0/c_limit,w_1280/${encodePath(publicId)}.jpg`;
}

const flag = (value: string | null): boolean | undefined =>
  value === null ? undefined : value === '' || value === 'true' || value === '1';

/** Options of the page's address. Addresses of captions and posters may be of other hosts, but only by http. */
export function readQuery(query: URLSearchParams): PlayerOptions {
  const either = (...names: string[]): string | null =>
    names.map((name) => query.get(name)).find((value) => value !== null) ?? null;
  const web = (value: string | null): string | undefined => (value !== null && isAddress(value) ? value : undefined);
  const transformation = [...query]
    .filter(([name]) => /^source\[transformation\]/.test(name))
    .map(([name, value]) => {
      const parameter = /\[(\w+)\]$/.exec(name)?.[1] ?? '';
      const short: Readonly<Record<string, string>> = { quality: 'q', width: 'w', height: 'h', crop: 'c', effect: 'e' };
      if (parameter === 'raw_transformation') return value;
      return short[parameter] ? `${short[parameter]}_${value}` : '';
    })
    .filter(Boolean)
    .join(',');
  const rates = either('player[playbackRates]', 'player[playback_rates]');
  const captions = web(either('source[captions]', 'captions'));
  const defined = <T extends object>(values: T): Partial<T> =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
  return {
    cloudName: query.get('cloud_name') ?? '',
    publicId: query.get('public_id') ?? '',
    ...defined({
      type: query.get('type') ?? undefined,
      transformation: transformation || undefined,
      poster: web(either('source[poster]', 'player[poster]')),
      title: either('source[info][title]', 'title') ?? undefined,
      autoplay: flag(either('player[autoplay]', 'autoplay')),
      muted: flag(either('player[muted]', 'muted')),
      loop: flag(either('player[loop]', 'loop')) ?? (query.get('profile') === 'cld-looping' || undefined),
      controls: flag(either('player[controls]', 'controls')),
      audio: flag(either('audio', 'player[audio]')),
      playbackRates: rates
        ?.split(',')
        .map(Number)
        .filter((rate) => rate > 0 && rate <= 16),
      sourceTypes:
        query.getAll('source[sourceTypes][]').length > 0
          ? query.getAll('source[sourceTypes][]')
          : query.get('profile') === 'cld-adaptive-stream'
            ? ['hls', 'mp4']
            : undefined,
      chapters: web(either('source[chapters]', 'chapters')),
      captions:
        captions === undefined
          ? undefined
          : [
              {
                src: captions,
                language: query.get('captions_language') ?? 'en',
                label: query.get('captions_label') ?? 'Captions',
              },
            ],
    }),
  };
}
