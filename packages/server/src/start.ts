import type { AddressInfo } from 'node:net';
import type { Account } from './accounts/accounts.ts';
import type { App } from './app.ts';
import { type ComposeOptions, compose } from './compose.ts';
import { createServer } from './http/server.ts';
import { ensurePresets } from './presets/presets.ts';
import { ensureProvisioningAccount } from './provisioning/account.ts';

export interface RunningServer {
  readonly app: App;
  /** `http://HOST:PORT` */
  readonly url: string;
  /** The environment that `npm start` prints. */
  readonly account: Account;
  /** `cloudinary://KEY:SECRET@CLOUD?upload_prefix=http://HOST:PORT` */
  readonly cloudinaryUrl: string;
  /** `account://KEY:SECRET@ACCOUNT_ID?upload_prefix=http://HOST:PORT`, for the provisioning API. */
  readonly accountUrl: string;
  /** Stops accepting, finishes what runs (limit 10 s), flushes. */
  close(): Promise<void>;
}

/** Composes the parts, listens, and resolves when requests are answered. */
export async function startServer(options: ComposeOptions): Promise<RunningServer> {
  const { config } = options;
  const composition = await compose(options);
  const { app } = composition;
  try {
    const { account, provisioning } = await app.catalog.alone(async () => {
      const account = await app.accounts.ensure(config.account, config['folder-mode']);
      await ensurePresets(app, account.cloud);
      return { account, provisioning: await ensureProvisioningAccount(app) };
    });
    const server = await createServer(app);
    await server.listen({ host: config.host, port: config.port });
    const { port } = server.server.address() as AddressInfo;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    const url = `http://${host}:${port}`;
    const { api_key, api_secret } = account.key;
    return {
      app,
      url,
      account,
      cloudinaryUrl: `cloudinary://${api_key}:${encodeURIComponent(api_secret)}@${account.cloud.name}?upload_prefix=${url}`,
      accountUrl: `account://${provisioning.api_key}:${encodeURIComponent(provisioning.api_secret)}@${provisioning.id}?upload_prefix=${url}`,
      async close() {
        const limit = setTimeout(() => server.server.closeAllConnections(), 10_000);
        await server.close();
        clearTimeout(limit);
        await composition.close();
      },
    };
  } catch (error) {
    await composition.close();
    throw error;
  }
}
