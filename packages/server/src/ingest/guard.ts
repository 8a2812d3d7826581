import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { type AddressPurpose, notPublic } from './address.ts';

/** The address behind a URL is not one that others may make this server connect to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ADDRESS_REFUSED';
}

export interface GuardOptions {
  /** Opens loopback, private and shared addresses: development only. Metadata services stay closed. Default `false`. */
  readonly allowPrivate?: boolean;
  /** Ports that are never connected to. Default none. */
  readonly blockedPorts?: readonly number[];
  /** Resolves names. Default the system's resolver. */
  readonly lookup?: (host: string) => Promise<LookupAddress[]>;
  /** Milliseconds until a connection stands. Default 10,000. */
  readonly connectTimeout?: number;
}

const OPENED: ReadonlySet<AddressPurpose> = new Set(['loopback', 'private', 'shared']);

/** @throws {AddressRefused} */
function checkAddress(address: string, host: string, allowPrivate = false): void {
  const refusal = notPublic(address);
  if (refusal === undefined || (allowPrivate && OPENED.has(refusal.purpose))) return;
  throw new AddressRefused(`${host} is ${address}: ${refusal.purpose} (${refusal.source})`);
}

const resolveAll = (host: string): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) =>
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

/**
 * An undici agent that connects to public unicast addresses alone. The check sits inside the connection's own name
 * lookup, so the address that was checked is the one connected to, whatever the name answers next (DNS rebinding); the
 * peer of the socket is looked at once more before it is used.
 *
 * A name is refused when any of its addresses is: a name that is half public is made to get around a check like this.
 */
export function guardedAgent(options: GuardOptions = {}): Agent {
  const { allowPrivate = false, blockedPorts = [], lookup = resolveAll, connectTimeout = 10_000 } = options;
  const checkedLookup: LookupFunction = (host, request, done) => {
    lookup(host).then(
      (addresses) => {
        try {
          if (addresses.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
          for (const { address } of addresses) checkAddress(address, host, allowPrivate);
        } catch (error) {
          done(error as NodeJS.ErrnoException, '', 0);
          return;
        }
        if (request.all) (done as (error: null, all: LookupAddress[]) => void)(null, addresses);
        else done(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error) => done(error, '', 0),
    );
  };
  const connect = buildConnector({ lookup: checkedLookup, timeout: connectTimeout });
  return new Agent({
    keepAliveTimeout: 1000,
    keepAliveMaxTimeout: 5000,
    maxHeaderSize: 32_768,
    connect: (target, done) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
      try {
        if (blockedPorts.includes(port)) throw new AddressRefused(`port ${port} is blocked`);
        if (isIP(host)) checkAddress(host, host, allowPrivate);
      } catch (error) {
        done(error as Error, null);
        return;
      }
      connect(target, (error, socket) => {
        if (!socket) {
          done(error ?? new Error('no connection'), null);
          return;
        }
        try {
          checkAddress(socket.remoteAddress ?? '', host, allowPrivate);
          done(null, socket);
        } catch (refused) {
          socket.destroy();
          done(refused as Error, null);
        }
      });
    },
  });
}
