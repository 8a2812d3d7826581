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
];
