import type { Config } from '@signet/server/config';
import { CliError } from '../errors.ts';

type Explain = (config: Config, error: Error) => readonly [message: string, hint: string];

const place = ({ host, port }: Config): string => `${host}:${port}`;
const dataHint = 'Choose another one with --data FOLDER (or SIGNET_DATA), or give this user the right to write there.';

/** What may stop a start, by the error's code, in the words of whoever has to repair it. */
const PROBLEMS: Readonly<Record<string, Explain>> = {
  EADDRINUSE: (config) => [
    `Port ${config.port} on ${config.host} is in use.`,
    `Stop the program that listens there, or choose another port: --port ${config.port + 1} (0 takes a free one).`,
  ],
  EADDRNOTAVAIL: (config) => [
    `This machine has no address ${config.host}.`,
    'Listen on one that it has: --host 127.0.0.1 (this machine only) or --host 0.0.0.0 (all).',
  ],
  ENOTFOUND: (config) => [
    `The host name ${config.host} is unknown.`,
    'Listen on an address of this machine: --host 127.0.0.1 (this machine only) or --host 0.0.0.0 (all).',
  ],
  FOLDER_IN_USE: (config) => [
    `The data folder ${config.data} is in use by another server, perhaps one in a container.`,
    'Stop that one, or start with another folder: --data FOLDER.',
  ],
  EACCES: (config, error) =>
    (error as NodeJS.ErrnoException).syscall === 'listen'
      ? [
          `This user may not listen on ${place(config)}.`,
          'Ports below 1024 need a privilege: choose one above with --port.',
        ]
      : [`The data folder ${config.data} cannot be written: permission denied.`, dataHint],
  EPERM: (config) => [`The data folder ${config.data} cannot be written: operation not permitted.`, dataHint],
  EROFS: (config) => [`The data folder ${config.data} cannot be written: the file system is read-only.`, dataHint],
  ENOSPC: (config) => [
    `The disk of the data folder ${config.data} is full.`,
    'Free some space, or choose another one with --data FOLDER.',
  ],
  EEXIST: (config) => [`The data folder ${config.data} is a file.`, 'Choose a folder with --data FOLDER.'],
  ENOTDIR: (config) => [`The data folder ${config.data} lies below a file.`, 'Choose a folder with --data FOLDER.'],
  ENOENT: (config) => [`The data folder ${config.data} cannot be made or written.`, dataHint],
};

/** Turns what stopped the start into a message with the next step; unknown errors stay as they are. */
export function startProblem(config: Config, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const explain = PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''];
  if (explain !== undefined) return new CliError(...explain(config, error));
  if (error.message.includes('cloudinary://'))
    return new CliError(
      error.message,
      `The account comes from ${config.sources.account === 'flag' ? '--account' : config.sources.account === 'file' ? 'the configuration file' : 'CLOUDINARY_URL'}. Write it as cloudinary://123456789012345:a-secret@my-cloud (encode special characters of the secret with %XX), or leave it out.`,
    );
  return error;
}
