import { formatSpec, type Plan } from '@signet/transformation';
import type { RenderRequest } from '../../renderer.ts';

/** `fl_getinfo` of a film: what the plan says, without making it. */
export function filmInfo(plan: Plan, { facts }: Pick<RenderRequest, 'facts'>): Buffer {
  const { output, out } = plan;
  const picture = formatSpec(output.format)?.kind === 'audio' ? {} : (out ?? {});
  return Buffer.from(
    JSON.stringify({
      input: { width: facts.width, height: facts.height, duration: facts.duration, bytes: facts.bytes },
      output: {
        format: output.format,
        ...picture,
        ...(output.kind === 'image' || output.duration === null
          ? {}
          : { duration: Number(output.duration.toFixed(6)) }),
      },
    }),
  );
}
