import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, layerKey, parse, references } from '@signet/transformation';
import { createNeural } from '../../neural/neural.ts';
import { createImageRenderer } from '../renderer.ts';
import type { Rendered } from '../result.ts';
import type { Case } from './cases.ts';
import { makeSources } from './sources.ts';

/** Renders cases with the real renderer, detectors and models. */
export async function openCases(): Promise<{
  render(one: Case): Promise<Rendered>;
  close(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'signet-golden-'));
  const { sources, layers } = await makeSources();
  const neural = createNeural();
  const raw = ({ data, width, height }: { data: Uint8Array; width: number; height: number }) => ({
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    width,
    height,
    channels: 4 as const,
  });
  const renderer = createImageRenderer({
    cacheFolder: folder,
    detectors: {
      faces: (picture, signal) => neural.detectFaces(raw(picture), { signal }),
      objects: (picture, signal) => neural.detectObjects(raw(picture), { signal }),
    },
    foregroundMask: async (picture, _options, signal) => (await neural.subjectMask(raw(picture), { signal })).data,
  });
  return {
    render({ transformation, source, format }) {
      const { bytes, facts } = sources[source];
      const tree = parse(transformation);
      const known = references(tree).layers.flatMap((ref) => {
        const layer = layers.get(ref.publicId);
        return layer ? [[layerKey(ref), layer.facts] as const] : [];
      });
      const plan = evaluate(tree, { facts, format, layers: new Map(known) });
      return renderer.render(plan, { source: bytes, open: async ({ publicId }) => layers.get(publicId)!.bytes });
    },
    async close() {
      await renderer.close();
      await neural.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
