import type { Codec, CodecContext, FormatContext, Frame, Stream } from 'node-av';
import type { AudioEncoding, ContainerSettings, VideoEncoding } from '../encoding/settings.ts';
import type { Av } from './av.ts';

interface Rate {
  readonly num: number;
  readonly den: number;
}

export interface Track {
  /** Encodes a frame and writes what comes out; the caller keeps the frame. null flushes. */
  write(frame: Frame | null): void;
}

export interface AudioTrack extends Track {
  /** Samples every frame must have; 0: any. */
  readonly frameSize: number;
}

/** A file being written: tracks are added, `begin` writes the header, frames go into the tracks, `end` finishes the file. */
export interface Writer {
  /** The size, the clock and the colours are those of the first frame. */
  addVideo(first: Frame, clock: { timeBase: Rate; frameRate: Rate }, encoding: VideoEncoding): Track;
  addAudio(encoding: AudioEncoding): AudioTrack;
  begin(): void;
  end(): void;
  /** Frees everything; safe after `end` and after an error. */
  close(): void;
}

interface Opened {
  readonly context: CodecContext;
  readonly codec: Codec;
  readonly onePlane?: true | undefined;
  /** Made when the file begins: pictures come first. */
  stream?: Stream;
  /** How long each frame is shown that went in, by its time: not every encoder tells its packets. */
  readonly durations: Map<bigint, bigint>;
}

/**
 * Opens the file. All calls are synchronous: a worker process has nothing else to do, and a promise for each frame costs
 * more than the frame.
 *
 * @throws with FFmpeg's reason when the container or an encoder cannot be opened
 */
export function createWriter(av: Av, path: string, { muxer, options }: ContainerSettings): Writer {
  const check = (status: number, what: string) => av.FFmpegError.throwIfError(status, what);
  const file = new av.FormatContext();
  check(file.allocOutputContext2(null, muxer, path), `container ${muxer}`);
  const contexts: CodecContext[] = [];
  const videos: Opened[] = [];
  const audios: Opened[] = [];
  const packet = new av.Packet();
  packet.alloc();
  const globalHeader = ((file.oformat?.flags ?? 0) & av.AVFMT_GLOBALHEADER) !== 0;
  let open = false;

  // One by one: node-av's dictionaries are freed twice when a call takes them over.
  function setOptions(target: CodecContext | FormatContext, options: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(options))
      check(target.setOption(name, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN), `option ${name}`);
  }

  function openEncoder(
    name: string,
    settings: Readonly<Record<string, string>>,
    setUp: (context: CodecContext) => void,
  ) {
    const codec = av.Codec.findEncoderByName(name as never);
    if (codec === null) throw new Error(`this build of FFmpeg has no encoder ${name}`);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    contexts.push(context);
    // All cores: the default of the library is one thread, that of the program all.
    context.threadCount = 0;
    setUp(context);
    // What a frame says about how long it is shown goes into the file: it is all that tells when the last one ends.
    context.setFlags(av.AV_CODEC_FLAG_FRAME_DURATION);
    if (globalHeader) context.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER);
    setOptions(context, settings);
    check(context.open2Sync(codec, null), `encoder ${name}`);
    return { context, codec, durations: new Map<bigint, bigint>() };
  }

  function drain({ context, stream, durations }: Opened): void {
    if (stream === undefined) throw new Error('the file has not begun');
    while (context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      if (packet.duration === 0n) packet.duration = durations.get(packet.pts) ?? 0n;
      durations.delete(packet.pts);
      packet.rescaleTs(context.timeBase, stream.timeBase);
      check(file.interleavedWriteFrameSync(packet), 'the file could not be written');
    }
  }

  const track = (opened: Opened, before?: (frame: Frame) => void): Track => ({
    write(frame) {
      if (frame !== null) before?.(frame);
      check(opened.context.sendFrameSync(frame), 'the frame could not be encoded');
      drain(opened);
    },
  });

  return {
    addVideo(first, { timeBase, frameRate }, { encoder, pixelFormat, options: settings, keyframeInterval, onePlane }) {
      const codec = openEncoder(encoder, settings, (context) => {
        context.width = first.width;
        context.height = first.height;
        context.pixelFormat = av.avGetPixFmtFromName(pixelFormat);
        context.timeBase = new av.Rational(timeBase.num, timeBase.den);
        if (frameRate.num > 0 && frameRate.den > 0) context.framerate = new av.Rational(frameRate.num, frameRate.den);
        context.sampleAspectRatio = first.sampleAspectRatio;
        context.colorRange = first.colorRange;
        context.colorSpace = first.colorSpace;
        context.colorPrimaries = first.colorPrimaries;
        context.colorTrc = first.colorTrc;
      });
      const opened: Opened = { ...codec, onePlane };
      videos.push(opened);
      let nextKey = Number.NEGATIVE_INFINITY;
      return track(opened, (frame) => {
        opened.durations.set(frame.pts, frame.duration);
        // The decoder's choice of frame types is not ours.
        frame.pictType = av.AV_PICTURE_TYPE_NONE;
        if (keyframeInterval === null) return;
        const seconds = (Number(frame.pts) * timeBase.num) / timeBase.den;
        if (seconds < nextKey - 1e-6) return;
        frame.pictType = av.AV_PICTURE_TYPE_I;
        nextKey = nextKey === Number.NEGATIVE_INFINITY ? seconds + keyframeInterval : nextKey + keyframeInterval;
      });
    },
    addAudio({ encoder, sampleFormat, sampleRate, channels, options: settings }) {
      const opened = openEncoder(encoder, settings, (context) => {
        context.sampleRate = sampleRate;
        context.sampleFormat = av.avGetSampleFmtFromName(sampleFormat);
        context.channelLayout = av.avChannelLayoutDefault(channels);
        context.timeBase = new av.Rational(1, sampleRate);
      });
      audios.push(opened);
      return { ...track(opened), frameSize: opened.context.frameSize };
    },
    begin() {
      for (const opened of [...videos, ...audios]) {
        const stream = file.newStream(opened.codec);
        stream.timeBase = opened.context.timeBase;
        check(stream.codecpar.fromContext(opened.context), 'stream');
        // The encoder knows no pictures of one plane; the other two are empty, and the muxer asks what the file shall say.
        if (opened.onePlane) stream.codecpar.format = av.AV_PIX_FMT_GRAY8;
        if (opened.context.width > 0) {
          stream.sampleAspectRatio = opened.context.sampleAspectRatio;
          stream.avgFrameRate = opened.context.framerate;
        }
        opened.stream = stream;
      }
      check(file.openOutputSync(), 'the file could not be opened');
      open = true;
      setOptions(file, options);
      check(file.writeHeaderSync(null), `container ${muxer}`);
    },
    end() {
      check(file.writeTrailerSync(), 'the file could not be finished');
    },
    close() {
      packet.free();
      for (const context of contexts) context.freeContext();
      if (open) file.closeOutputSync();
      file.freeContext();
    },
  };
}
