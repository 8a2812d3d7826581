import { writeFile } from 'node:fs/promises';
import { serveWorker } from '../workers/serve-worker.ts';
import type { DetectFacesRequest } from './operations/detect-faces.ts';
import type { DetectObjectsRequest } from './operations/detect-objects.ts';
import type { RemoveBackgroundRequest } from './operations/remove-background.ts';

/** The program of the neural worker process. Models are loaded when they are first used. */
serveWorker({
  detectFaces: async (request: DetectFacesRequest) =>
    (await import('./operations/detect-faces.ts')).detectFaces(request),
  detectObjects: async (request: DetectObjectsRequest) =>
    (await import('./operations/detect-objects.ts')).detectObjects(request),
  /** Leaves the mask, or the picture with the mask as its alpha, in the file `output`. */
  removeBackground: async ({
    output,
    as,
    ...request
  }: RemoveBackgroundRequest & { output: string; as: 'png' | 'mask' }) => {
    const { mask, width, height, rgb } = await (await import('./operations/remove-background.ts')).findSubject(request);
    if (as === 'mask') {
      await writeFile(output, mask);
    } else {
      const { default: sharp } = await import('sharp');
      await sharp(rgb, { raw: { width, height, channels: 3 } })
        .joinChannel(mask, { raw: { width, height, channels: 1 } })
        .png({ compressionLevel: 6 })
        .toFile(output);
    }
    return { width, height };
  },
});
