import type { FilterGraph } from 'node-av';
import type { Av } from './av.ts';

/**
 * Sets up a graph whose sources are files and whose sinks have names.
 *
 * @throws with FFmpeg's reason
 */
export function openGraph(av: Av, text: string): FilterGraph {
  const filters = new av.FilterGraph();
  filters.alloc();
  filters.nbThreads = 2;
  try {
    av.FFmpegError.throwIfError(filters.parsePtr(text), 'the filter graph could not be read');
    av.FFmpegError.throwIfError(filters.configSync(), 'the filter graph could not be set up');
    return filters;
  } catch (error) {
    filters.free();
    throw error;
  }
}
