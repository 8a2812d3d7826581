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
  { name: 'search', summary: 'search assets', load: () => import('./search.ts') },
  { name: 'search_folders', summary: 'search folders', load: () => import('./search_folders.ts') },
  { name: 'uploader', summary: 'call a method of the upload API', load: () => import('./uploader.ts') },
  { name: 'admin', summary: 'call a method of the Admin API', load: () => import('./admin.ts') },
  { name: 'provisioning', summary: 'call a method of the provisioning API', load: () => import('./provisioning.ts') },
  { name: 'utils', summary: 'call a helper of the SDK', load: () => import('./utils.ts') },
  { name: 'config', summary: 'show and keep accounts', load: () => import('./config.ts') },
];
