import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettingName } from '../config.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';
import { inputAt } from '../ingest/inspect/input.ts';
import { sniff } from '../ingest/inspect/sniff.ts';
import { createVideoWorkers, type RawPicture, type VideoFacts } from '../render/video/video-workers.ts';

/** A server for tests of videos, and eyes for what it delivers. */
export interface VideoLab {
  readonly server: RunningServer;
  readonly folder: string;
  readonly cloudinary: typeof import('cloudinary').v2;
  file(name: string): string;
  /** Address of a delivery, from the transformation on. */
  url(rest: string): string;
  /** The answer, which must be 200. */
  get(rest: string, headers?: Record<string, string>): Promise<Response>;
  /** Delivered bytes in a file. */
  load(rest: string): Promise<string>;
  facts(path: string): Promise<VideoFacts>;
  picture(path: string, seconds: number): Promise<RawPicture>;
  /** Status and `X-Cld-Error`. */
  refusal(rest: string): Promise<[number, string | null]>;
  close(): Promise<void>;
}

export async function openVideoLab(flags: Partial<Record<SettingName, unknown>> = {}): Promise<VideoLab> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-video-lab-'));
  const server = await startServer({
    config: loadConfig({ flags: { port: 0, data: join(folder, 'da:ta, [1]'), 'log-level': 'silent', ...flags } }),
  });
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  const { v2: cloudinary } = await import('cloudinary');
  cloudinary.config(true);
  const workers = createVideoWorkers({ processes: 1 });
  let next = 0;
  const demuxer = async (path: string) => (await sniff(inputAt(path))).format!.demuxer!;
  const lab: VideoLab = {
    server,
    folder,
    cloudinary,
    file: (name) => join(folder, name),
    url: (rest) => `${server.url}/${cloudinary.config().cloud_name}/video/upload/${rest}`,
    async get(rest, headers = {}) {
      const answer = await fetch(rest.startsWith('http') ? rest : lab.url(rest), { headers });
      assert.ok(answer.ok, `${rest}: ${answer.status} ${answer.headers.get('x-cld-error')}`);
      return answer;
    },
    async load(rest) {
      const answer = await lab.get(rest);
      const path = join(folder, `loaded-${next++}`);
      await writeFile(path, Buffer.from(await answer.arrayBuffer()));
      return path;
    },
    facts: async (path) => (await workers.probe(path, await demuxer(path))).facts,
    picture: async (path, seconds) => workers.frame(path, await demuxer(path), { seconds }),
    async refusal(rest) {
      const answer = await fetch(lab.url(rest));
      await answer.arrayBuffer();
      return [answer.status, answer.headers.get('x-cld-error')];
    },
    async close() {
      await server.close();
      await workers.close();
      rmSync(folder, { recursive: true });
    },
  };
  return lab;
}

export const pixel = ({ data, width, channels }: RawPicture, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * channels, (y * width + x) * channels + 3),
];

/** Every channel within the tolerance: encoders are allowed a few levels. */
export function near(actual: readonly number[], expected: readonly number[], tolerance: number, message = ''): void {
  const far = actual.some((value, i) => Math.abs(value - expected[i]!) > tolerance);
  assert.ok(!far, `${message} ${actual.join()} is not within ${tolerance} of ${expected.join()}`);
}
