import type { Paint } from './job.ts';

/** The text of a filter graph, written piece by piece (https://ffmpeg.org/ffmpeg-filters.html#Filtergraph-syntax-1). */
export interface Graph {
  /** Adds filters behind the labelled streams; answers the label of what comes out. */
  add(inputs: readonly string[], filters: string): string;
  /** The same for filters with several outputs. */
  split(inputs: readonly string[], filters: string, outputs: number): string[];
  /** Ends a stream in a sink that can be found by its name. */
  sink(input: string, filters: string): void;
  readonly text: string;
}

export function createGraph(): Graph {
  const chains: string[] = [];
  let labels = 0;
  const bracket = (names: readonly string[]) => names.map((name) => `[${name}]`).join('');
  const split: Graph['split'] = (inputs, filters, outputs) => {
    const names = Array.from({ length: outputs }, () => `s${labels++}`);
    chains.push(`${bracket(inputs)}${filters}${bracket(names)}`);
    return names;
  };
  return {
    split,
    add: (inputs, filters) => split(inputs, filters, 1)[0]!,
    sink: (input, filters) => {
      chains.push(`${bracket([input])}${filters}`);
    },
    get text() {
      return chains.join(';');
    },
  };
}

/** A text as the value of an option inside a graph: once for the option, once for the graph. */
export const quoted = (text: string): string => text.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');

/** Seconds, ratios: never in scientific notation, at most six decimals. */
export const decimal = (value: number): string => String(Number(value.toFixed(6)));

const hex = (value: number): string => Math.round(value).toString(16).padStart(2, '0');

export const paint = ({ r, g, b, alpha }: Paint): string => `0x${hex(r)}${hex(g)}${hex(b)}@${decimal(alpha)}`;
