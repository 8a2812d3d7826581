/** A file to look at. Bytes in memory become a file on disk only for tools that need one. */
export interface InspectInput {
  readonly memory: Buffer | undefined;
  path(): Promise<string>;
}

export const inputAt = (path: string): InspectInput => ({ memory: undefined, path: async () => path });

/** For readers that take bytes as well as a path. */
export const bytesOrPath = async (input: InspectInput): Promise<Buffer | string> =>
  input.memory ?? (await input.path());
