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
  { name: 'upload_dir', summary: 'upload a folder with its structure', load: () => import('./upload_dir.ts') },
  { name: 'sync', summary: 'make a folder here and one of the account the same', load: () => import('./sync.ts') },
  { name: 'migrate', summary: 'load listed addresses through an upload mapping', load: () => import('./migrate.ts') },
  { name: 'regen_derived', summary: 'make derived results anew', load: () => import('./regen_derived.ts') },
  { name: 'jobs', summary: 'list, retry and cancel work for later', load: () => import('./jobs.ts') },
  {
    name: 'token',
    summary: 'make tokens for authenticated delivery and for the APIs',
    load: () => import('./token.ts'),
  },
  {
    name: 'import',
    summary: 'take over an environment from another server or a folder',
    load: () => import('./import.ts'),
  },
  { name: 'clone', summary: 'copy assets into another environment', load: () => import('./clone.ts') },
  { name: 'export', summary: 'write an environment into a folder', load: () => import('./export.ts') },
  {
    name: 'backup',
    summary: 'copy a data folder, also while its server is at work',
    load: () => import('./backup.ts'),
  },
  {
    name: 'storage',
    summary: 'copy originals to a bucket or back, and check them',
    load: () => import('./storage.ts'),
  },
  { name: 'catalog', summary: 'copy the catalog into PostgreSQL', load: () => import('./catalog.ts') },
  { name: 'config', summary: 'show and keep accounts', load: () => import('./config.ts') },
  { name: 'make', summary: 'print a code sample', load: () => import('./make.ts') },
  { name: 'doctor', summary: 'check this installation', load: () => import('./doctor.ts') },
  { name: 'completion', summary: 'print the completion for a shell', load: () => import('./completion.ts') },
];

/** Commands of `cld` that have nothing to do here, with what to do instead. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  login: 'Signet has no accounts to log in to: keep an API key with `signet config add NAME URL`.',
  logout: 'Signet has no accounts to log out of: `signet config remove NAME` forgets a key.',
  agent: 'Give a program a key of its own: `signet provisioning generate_access_key`.',
};
