import type { Command } from 'commander';
import type { Context } from '../context.ts';

export interface CommandModule {
  /** Adds arguments, options, examples and the action. */
  define(command: Command, context: Context): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'serve', summary: 'start the server', load: () => import('./serve.ts') },
  { name: 'sign', summary: 'sign parameters of an upload', load: () => import('./sign.ts') },
  { name: 'curl', summary: 'make a signed curl command', load: () => import('./curl.ts') },
  { name: 'upload', summary: 'upload files', load: () => import('./upload.ts') },
  { name: 'explain', summary: 'read what is wrong with a refused signature', load: () => import('./explain.ts') },
  { name: 'url', summary: 'make the delivery URL of an asset', load: () => import('./url.ts') },
  { name: 'config', summary: 'show and keep accounts', load: () => import('./config.ts') },
];
