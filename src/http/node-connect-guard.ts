import { lookup as lookupBySystem } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { success, type Outcome } from '../protocol/index.ts';
import { isPublicAddress } from './address.ts';
import { checkUrl } from './guarded-url.ts';

/**
 * Checks where a socket to an address that strangers name (`ws`, `wss`, `http` or `https`) would lead, and how its
 * name must be resolved: connected with that lookup, it reaches public addresses only, whatever the name says later.
 * `null` where the host is one of `allowHosts` (`host:port`), which may be private. Fails with `url-invalid` or
 * `url-private`.
 */
export function guardConnect(
  url: string,
  allowHosts: readonly string[],
): Outcome<LookupFunction | null, 'url-invalid' | 'url-private'> {
  const checked = checkUrl(url.replace(/^ws(?=s?:)/i, 'http'), allowHosts);
  if (!checked.ok) return checked;
  return success(checked.value.allowed ? null : lookupPublic);
}

/** The system's resolver, which finds nothing where any of the addresses is private. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookupBySystem(hostname, { ...options, all: true }, (error, records) => {
    const [first] = records ?? [];
    if (error !== null || first === undefined) return callback(error ?? notFound(hostname), '', 0);
    if (!records.every(({ address }) => isPublicAddress(address)))
      return callback(notPublic(hostname), '', 0);
    if (options.all === true) callback(null, records);
    else callback(null, first.address, first.family);
  });
};

function notFound(hostname: string): Error {
  return new Error(`${hostname} has no address.`);
}

function notPublic(hostname: string): Error {
  return new Error(`${hostname} is not a public address.`);
}
