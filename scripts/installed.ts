import { spawnSync } from 'node:child_process';

/** Whether a program is on the path. */
export const installed = (program: string): boolean => spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
