import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Config, RunningServer } from '@signet/server';
import { type Context, note, print } from '../context.ts';
import { CliError } from '../errors.ts';
import { firstUpload } from './first-upload.ts';
import { removePlace, runningServer, writePlace } from './place.ts';
import { startProblem } from './problem.ts';

/**
 * Starts the server, prints how to use it, and comes back when it was told to stop and has stopped.
 *
 * @param json one line of JSON in place of the ready message
 */
export async function serve(config: Config, context: Context, json: boolean): Promise<void> {
  const data = resolve(context.cwd, config.data);
  const stop = stopSignal();
  const other = await runningServer(data);
  if (other !== undefined)
    throw new CliError(
      `The data folder ${data} is in use by the server at ${other.url} (process ${other.pid}).`,
      'Use that one, stop it, or start with another folder: --data FOLDER.',
    );
  const { createLoginLink, startServer } = await import('@signet/server');
  let server: RunningServer;
  try {
    server = await startServer({ config: { ...config, data } });
  } catch (error) {
    throw startProblem(config, error);
  }
  writePlace(data, { url: server.url, pid: process.pid });
  // Only whoever sits at this machine can use the address and read the terminal.
  const loopback = /^(127\.|localhost$|\[?::1\]?$)/.test(config.host);
  const login = loopback
    ? await createLoginLink(server.app, server.url, {
        cloud: server.account.cloud.name,
        apiKey: server.account.key.api_key,
      })
    : undefined;
  const message =
    config.mode === 'production' ? quietMessage(server, data, config['public-url']) : readyMessage(server, data, login);
  print(context, json ? readyJson(server, login) : message);
  await stop.asked;
  note(context, 'signet: stopping; once more ends at once');
  await server.close();
  removePlace(data);
  stop.forget();
}

const readyJson = ({ url, cloudinaryUrl, accountUrl }: RunningServer, login: string | undefined): string =>
  JSON.stringify({
    url,
    ready_ms: Math.round(performance.now()),
    cloudinary_url: cloudinaryUrl,
    cloudinary_account_url: accountUrl,
    console: `${url}/console`,
    login,
  });

const masked = (url: string): string => url.replace(/^(\w+:\/\/[^:]*:)[^@]*@/, '$1***@');

/** In production the output goes to a log, which is no place for a secret. */
const quietMessage = ({ url, cloudinaryUrl, accountUrl }: RunningServer, data: string, publicUrl: string): string => {
  const shown = (secret: string): string => masked(secret).replace(url, publicUrl || url);
  return [
    `signet ready on ${url} in ${Math.round(performance.now())} ms`,
    '',
    `CLOUDINARY_URL=${shown(cloudinaryUrl)}`,
    `CLOUDINARY_ACCOUNT_URL=${shown(accountUrl)}`,
    `With its secret: SIGNET_DATA=${data} signet config --reveal`,
    `Console: ${publicUrl || url}/console`,
  ].join('\n');
};

/** In one piece, so that whoever reads the ready line has the rest too. */
const readyMessage = (
  { url, account, cloudinaryUrl, accountUrl }: RunningServer,
  data: string,
  login: string | undefined,
): string =>
  [
    `signet ready on ${url} in ${Math.round(performance.now())} ms`,
    '',
    `CLOUDINARY_URL=${cloudinaryUrl}`,
    `CLOUDINARY_ACCOUNT_URL=${accountUrl}`,
    `Console: ${url}/console`,
    ...(login === undefined ? [] : [`Signed in at once (one use, within the hour): ${login}`]),
    `Data: ${data}`,
    '',
    `A first signed upload; paste it within the hour, then open ${url}/${account.cloud.name}/image/upload/c_fill,h_240,r_max,w_240/hello.png`,
    firstUpload(url, account.cloud.name, account.key),
  ].join('\n');

/** The first SIGTERM or SIGINT asks for a graceful end, the second ends at once with the signal's exit code. */
function stopSignal(): { asked: Promise<void>; forget(): void } {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const numbers = { SIGINT: 2, SIGTERM: 15 } as const;
  let times = 0;
  const listener = (signal: NodeJS.Signals): void => {
    times += 1;
    if (times === 1) ask();
    else process.exit(128 + numbers[signal as keyof typeof numbers]);
  };
  for (const signal of Object.keys(numbers)) process.on(signal, listener);
  return {
    asked,
    forget() {
      for (const signal of Object.keys(numbers)) process.off(signal, listener);
    },
  };
}
