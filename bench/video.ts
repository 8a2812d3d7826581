/**
 * Films against the ffmpeg program for the same job: same encoder, preset, quality and size, all cores. The program has to
 * be installed (`apt-get install ffmpeg`); without it only our own figures are printed. Our time holds everything that a
 * worker process does; loading FFmpeg is outside, as it happens once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, parse } from '@signet/transformation';
import { writeClip } from '../packages/server/src/render/video/samples.fixture.ts';
import { createVideoWorkers } from '../packages/server/src/render/video/video-workers.ts';
import { report } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-video-'));
const source = join(folder, 'source.mp4');
const SECONDS = 10;
const hasProgram = spawnSync('ffmpeg', ['-version']).status === 0;
const workers = createVideoWorkers();
const facts = {
  resourceType: 'video',
  publicId: 'bench',
  format: 'mp4',
  width: 1280,
  height: 720,
  duration: SECONDS,
  hasAudio: true,
} as const;

const X264 = '-c:v libx264 -preset veryfast -crf 23 -c:a aac -b:a 128k -movflags +faststart';
const VP9 =
  '-c:v libvpx-vp9 -crf 32 -b:v 0 -deadline good -cpu-used 6 -row-mt 1 -tile-columns 2 -auto-alt-ref 0 -lag-in-frames 0 -c:a libopus -b:a 96k';
const CASES = [
  ['720p → 360p mp4', 'w_640', 'mp4', `-vf scale=640:360:flags=bicubic ${X264}`],
  ['720p mp4', 'q_70', 'mp4', X264],
  ['720p → 360p webm', 'w_640', 'webm', `-vf scale=640:360:flags=bicubic ${VP9}`],
  ['sound as mp3', 'q_70', 'mp3', '-vn -c:a libmp3lame -b:a 128k'],
] as const;

async function ours(transformation: string, format: string): Promise<number> {
  const plan = evaluate(parse(transformation), { facts, format });
  if (plan.output.kind === 'image') throw new TypeError('Expected a film');
  const steps = plan.steps.flatMap((step) => (step.op === 'resize' ? [{ op: 'resize' as const, out: step.out }] : []));
  const job = {
    inputs: [{ path: source, demuxer: 'mov', still: false }],
    main: { input: 0, steps },
    output: plan.output,
    file: join(folder, `ours.${format}`),
  };
  const start = performance.now();
  await workers.film(job, { patience: 'answer', deadlineMs: 120_000 });
  return performance.now() - start;
}

function program(options: string, format: string): number {
  const start = performance.now();
  const args = ['-v', 'error', '-y', '-i', source, ...options.split(' '), join(folder, `program.${format}`)];
  const { status, stderr } = spawnSync('ffmpeg', args);
  if (status !== 0) throw new Error(String(stderr));
  return performance.now() - start;
}

/** Peak resident memory of our worker so far, in megabytes (Linux). */
function peak(): number | undefined {
  const { stdout } = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'media-worker']);
  const sizes = String(stdout)
    .split('\n')
    .filter(Boolean)
    .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  return sizes.length === 0 ? undefined : Math.round(Math.max(...sizes));
}

const best = async (run: () => number | Promise<number>): Promise<number> => Math.min(await run(), await run());

try {
  await writeClip(source, { width: 1280, height: 720, seconds: SECONDS, fps: 25 });
  await ours('du_1,w_160', 'mp4');
  for (const [name, transformation, format, options] of CASES) {
    const own = await best(() => ours(transformation, format));
    const bytes = statSync(join(folder, `ours.${format}`)).size;
    const other = hasProgram ? await best(() => program(options, format)) : undefined;
    report(name, own, 'ms');
    if (other !== undefined)
      report(`${name}, share of the time of the ffmpeg program`, own / other, '', { atMost: 1.1 });
    report(`${name}, bytes`, bytes, '');
    report('worker, peak so far', peak() ?? 0, 'MB');
  }
} finally {
  await workers.close();
  rmSync(folder, { recursive: true });
}
