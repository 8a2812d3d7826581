import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Context, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { examples } from '../options.ts';
import { runningServer } from '../serve/place.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Copies the catalog of a data folder into a new PostgreSQL database, whose address is in SIGNET_CATALOG, as for `signet serve`. The server of the folder must be stopped. The folder stays as it is; originals are not copied: see `signet storage`.',
    )
    .argument('<action>', 'copy')
    .argument('<folder>', 'data folder to copy from')
    .option('--json', 'print the copied rows by table');
  examples(command, [
    ['SIGNET_CATALOG=postgres://signet:…@db.example.com/signet signet catalog copy ./data', 'into an empty database'],
  ]).action(async (action: string, folder: string, { json }: { json?: true }) => {
    if (action !== 'copy') throw new UsageError(`Expected copy but received ${action}`);
    const url = context.env.SIGNET_CATALOG;
    if (!url || !/^postgres(ql)?:\/\//.test(url))
      throw new UsageError('Expected postgres://USER:PASSWORD@HOST/DATABASE in SIGNET_CATALOG.');
    const data = resolve(context.cwd, folder);
    const file = join(data, 'catalog.sqlite');
    if (!existsSync(file)) throw new UsageError(`Expected the data folder of a server but ${folder} has no catalog`);
    const server = await runningServer(data);
    if (server !== undefined)
      throw new UsageError(`The data folder ${folder} is in use by the server at ${server.url}.`, 'Stop it first.');
    const { copyToPostgres } = await import('@signet/server/copy-catalog');
    const rows = await copyToPostgres(file, url);
    if (json) printJson(context, rows);
    else
      print(
        context,
        `${rows.assets ?? 0} assets of ${rows.clouds ?? 0} environments copied, ${Object.values(rows).reduce((sum, count) => sum + count, 0)} rows in all`,
      );
  });
}
