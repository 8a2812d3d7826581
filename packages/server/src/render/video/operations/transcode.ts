import type { FilterContext, FilterGraph, Frame } from 'node-av';
import { animatedEncoding } from '../encoding/animated.ts';
import { containerOf } from '../encoding/codecs.ts';
import { encodingOf } from '../encoding/encoding.ts';
import type { AudioEncoding, ContainerSettings, VideoEncoding } from '../encoding/settings.ts';
import { compile } from '../film/compile.ts';
import { finishAnimated, finishAudio, finishVideo, SINKS } from '../film/finish.ts';
import type { Graph } from '../film/graph.ts';
import type { FilmJob, FilmResult, InputFacts } from '../film/job.ts';
import type { Reel } from '../film/reel.ts';
import { type Av, formatHasAlpha, loadAv, openMedia, rotationOf, videoStream } from './av.ts';
import { openGraph } from './open-graph.ts';
import { createWriter, type Track, type Writer } from './writer.ts';

const ratio = ({ num, den }: { num: number; den: number }) => (den === 0 ? 0 : num / den);

/** Colour matrices by their number in files (ITU-T H.273, table 4), with FFmpeg's names. */
const MATRICES: Readonly<Record<number, string>> = {
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
  7: 'smpte240m',
  9: 'bt2020nc',
};

const RGB = /^(?:0?rgb|0?bgr|gbr|argb|abgr|pal8|gray|ya\d|mono)/;

/** What the graph has to know about a file. */
async function look(av: Av, { path, demuxer }: FilmJob['inputs'][0]): Promise<InputFacts> {
  const media = await openMedia(av, path, demuxer);
  try {
    const video = videoStream(av, media);
    const audio = media.streams.find((stream) => stream.codecpar.codecType === av.AVMEDIA_TYPE_AUDIO);
    return {
      video:
        video === undefined
          ? null
          : {
              width: video.codecpar.width,
              height: video.codecpar.height,
              rotation: rotationOf(av, video),
              frameRate: ratio(video.avgFrameRate) || ratio(video.rFrameRate),
              matrix: MATRICES[video.codecpar.colorSpace] ?? null,
              alpha: formatHasAlpha(av, video.codecpar.format),
              rgb: RGB.test(av.avGetPixFmtName(video.codecpar.format as never) ?? ''),
            },
      audio:
        audio === undefined
          ? null
          : { sampleRate: audio.codecpar.sampleRate || 48_000, channels: audio.codecpar.channels || 2 },
      start: Number.isFinite(media.startTime) ? media.startTime : 0,
      duration: Number.isFinite(media.duration) ? Math.max(0, media.duration) : 0,
    };
  } finally {
    await media.close();
  }
}

interface Settings {
  readonly video: VideoEncoding | null;
  readonly audio: AudioEncoding | null;
  readonly container: ContainerSettings;
}

/** Sound of a result that is silent where only its parts have sound. */
function settingsOf({ output }: FilmJob, reel: Reel, facts: readonly InputFacts[]): Settings {
  if (output.kind === 'image') return { ...animatedEncoding(output, reel.alpha), audio: null };
  const source = facts.find(({ audio }) => audio !== null)?.audio ?? { sampleRate: 48_000, channels: 2 };
  return encodingOf(output, {
    audio: reel.audio === null ? null : source,
    picture: reel.video !== null,
    alpha: reel.alpha,
  });
}

const wantedOf = ({ output }: FilmJob) => {
  if (output.kind === 'image') return { video: true, audio: false };
  const container = containerOf(output.format);
  return {
    video: output.kind !== 'audio' && output.videoCodec?.name !== 'none' && container?.video.length !== 0,
    audio: output.audioCodec !== 'none' && container?.audio.length !== 0,
  };
};

/** A sink and the track it feeds, and where on the clock it stands. */
interface Feed {
  readonly sink: FilterContext;
  readonly timeBase: { num: number; den: number };
  track: Track | undefined;
  /** Seconds of the last frame. */
  at: number;
  done: boolean;
}

/** Calls that start with nothing between two frames: room for the end of the parent and for news of progress. */
const BREATH_MS = 250;
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Runs the graph and writes the file. The sink that is behind is read first, so that little waits in memory.
 *
 * @param onProgress share of the expected length, 0–1
 */
async function pump(
  av: Av,
  feeds: readonly Feed[],
  onFrame: (feed: Feed, frame: Frame) => void,
  onProgress: (seconds: number) => void,
): Promise<void> {
  const frame = new av.Frame();
  frame.alloc();
  let breath = performance.now();
  try {
    for (;;) {
      const open = feeds.filter(({ done }) => !done);
      if (open.length === 0) return;
      const feed = open.reduce((first, other) => (other.at < first.at ? other : first));
      const status = feed.sink.buffersinkGetFrameSync(frame);
      if (status === av.AVERROR_EOF) {
        feed.track?.write(null);
        feed.done = true;
        continue;
      }
      av.FFmpegError.throwIfError(status, 'the video could not be transformed');
      feed.at = (Number(frame.pts) * feed.timeBase.num) / feed.timeBase.den;
      onFrame(feed, frame);
      frame.unref();
      if (performance.now() - breath < BREATH_MS) continue;
      onProgress(feed.at);
      await breathe();
      breath = performance.now();
    }
  } finally {
    frame.free();
  }
}

const feedOf = (filters: FilterGraph, name: string): Feed | undefined => {
  const sink = filters.getFilter(name);
  if (sink === null) return undefined;
  const { num, den } = sink.buffersinkGetTimeBase();
  return { sink, timeBase: { num, den }, track: undefined, at: Number.NEGATIVE_INFINITY, done: false };
};

/** Joined clips have no rate of their own; the faster one's says how long the last picture is shown. */
function rateOf(sink: FilterContext, rate: number): { num: number; den: number } {
  const { num, den } = sink.buffersinkGetFrameRate();
  return num > 0 && den > 0 ? { num, den } : { num: Math.round(rate * 1000), den: 1000 };
}

function finish(graph: Graph, reel: Reel, { output }: FilmJob, settings: Settings, frameSize: number): void {
  if (output.kind === 'image') {
    finishAnimated(graph, reel, output);
    return;
  }
  if (settings.video !== null) finishVideo(graph, reel, output, settings.video);
  if (settings.audio !== null) finishAudio(graph, reel, settings.audio, frameSize);
}

/**
 * Makes a film, a sound file or an animated picture as the job says.
 *
 * @throws with a text for the client when the files or the wishes do not allow it
 */
export async function transcode(job: FilmJob, onProgress: (share: number) => void): Promise<FilmResult> {
  const av = await loadAv();
  const facts = await Promise.all(job.inputs.map((input) => look(av, input)));
  const { graph, reel } = compile(job, facts, wantedOf(job));
  const settings = settingsOf(job, reel, facts);
  const writer: Writer = createWriter(av, job.file, settings.container);
  let filters: FilterGraph | undefined;
  try {
    // The sound's encoder says how many samples it takes at a time before the graph is made.
    const audioTrack = settings.audio === null ? undefined : writer.addAudio(settings.audio);
    finish(graph, reel, job, settings, audioTrack?.frameSize ?? 0);
    filters = openGraph(av, graph.text);
    const [video, audio] = [feedOf(filters, SINKS.video), feedOf(filters, SINKS.audio)];
    let begun = false;
    let frames = 0;
    let size = { width: 0, height: 0 };
    let shown = 0n;
    const begin = (): void => {
      if (audio !== undefined) audio.track = audioTrack;
      writer.begin();
      begun = true;
    };
    const onFrame = (feed: Feed, frame: Frame): void => {
      if (feed === video) {
        if (video.track === undefined) {
          size = { width: frame.width, height: frame.height };
          const clock = { timeBase: video.timeBase, frameRate: rateOf(video.sink, reel.rate) };
          const { timeBase, frameRate } = clock;
          shown = BigInt(Math.round((frameRate.den * timeBase.den) / (frameRate.num * timeBase.num)) || 0);
          video.track = writer.addVideo(frame, clock, settings.video!);
          begin();
        }
        frames++;
        // Filters with two inputs give it the other one's: the last picture would be shown too long or not at all.
        if (shown > 0n) frame.duration = shown;
      } else if (!begun) begin();
      feed.track!.write(frame);
    };
    // The picture's first frame opens its encoder: it is read before any sound.
    if (audio !== undefined && video !== undefined) audio.at = Number.MIN_SAFE_INTEGER;
    const expected = reel.duration;
    await pump(
      av,
      [video, audio].filter((feed) => feed !== undefined),
      onFrame,
      (seconds) => expected > 0 && onProgress(Math.min(1, Math.max(0, seconds / expected))),
    );
    if (!begun) throw new Error('nothing is left of the video in this range');
    writer.end();
    return { ...size, duration: Math.max(0, ...[video, audio].map((feed) => feed?.at ?? 0)), frames };
  } finally {
    writer.close();
    filters?.free();
  }
}
