import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64, base64urlnopad } from '@scure/base';
import type { Signer } from '../keys/index.ts';
import {
  failure,
  findTag,
  parseEvent,
  parseJson,
  success,
  tagValues,
  verifyEvent,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';

/** The event by which a key permits one action on a Blossom server (BUD-11). */
export const BLOB_AUTHORIZATION_KIND = 24_242;

/** What a server is asked to do. */
export type BlobAction = 'get' | 'upload' | 'list' | 'delete';

/** Long enough for a large upload on a slow line, too short to be worth stealing. */
const VALID_SECONDS = 600;
/** Clocks differ by a little. */
const CLOCK_SKEW_SECONDS = 60;
/** A longer header is not decoded. */
const MAX_HEADER_LENGTH = 8192;

const WORDS: Readonly<Record<BlobAction, string>> = {
  get: 'Get a file',
  upload: 'Upload a file',
  list: 'List files',
  delete: 'Delete a file',
};

/**
 * Signs the permission for one action and returns the Authorization header. It names the servers it is for, so that
 * none of them can use it at another, and the blob.
 */
export async function signBlobAuthorization(
  signer: Signer,
  permission: {
    readonly action: BlobAction;
    /** URLs of the servers. */
    readonly servers: readonly string[];
    /** The blob in hex; a list of all blobs names none. */
    readonly sha256?: string;
    /** Unix seconds. */
    readonly now: number;
  },
): Promise<string> {
  const hosts = permission.servers.flatMap((server) => URL.parse(server)?.hostname.toLowerCase() ?? []);
  const event = await signer.sign({
    kind: BLOB_AUTHORIZATION_KIND,
    created_at: permission.now,
    tags: [
      ['t', permission.action],
      ...(permission.sha256 === undefined ? [] : [['x', permission.sha256]]),
      ['expiration', String(permission.now + VALID_SECONDS)],
      ...[...new Set(hosts)].map((host) => ['server', host]),
    ],
    content: WORDS[permission.action],
  });
  return `Nostr ${base64urlnopad.encode(utf8ToBytes(JSON.stringify(event)))}`;
}

/**
 * Why a permission is not accepted. `authorization-missing`: there is none that can be read. `authorization-invalid`:
 * its kind, signature or time is wrong. `authorization-unfit`: it permits something else, or at another server.
 */
export type BlobAuthorizationRefusal =
  'authorization-missing' | 'authorization-invalid' | 'authorization-unfit';

/** Reads and checks an Authorization header as BUD-11 says; returns whose permission it is (hex public key). */
export function checkBlobAuthorization(
  header: string | null,
  wanted: {
    readonly action: BlobAction;
    /** The blob in hex that a matching `x` must name; `null` where the action is about none. */
    readonly sha256: string | null;
    /** Names of the server that is asked, in lower case. */
    readonly hosts: readonly string[];
    /** Unix seconds. */
    readonly now: number;
  },
): Outcome<string, BlobAuthorizationRefusal> {
  const event = readHeader(header);
  if (event === null)
    return failure('authorization-missing', 'Send a signed event of kind 24242 in the Authorization header.');
  const expiration = Number(findTag(event, 'expiration')?.[1] ?? NaN);
  if (event.kind !== BLOB_AUTHORIZATION_KIND || !verifyEvent(event))
    return failure('authorization-invalid', 'The event is not of kind 24242, or its signature is wrong.');
  if (event.created_at > wanted.now + CLOCK_SKEW_SECONDS || !(expiration > wanted.now))
    return failure('authorization-invalid', 'The event has expired, or is from the future.');
  const named = tagValues(event, 'server');
  if (named.length > 0 && !named.some((host) => wanted.hosts.includes(host.toLowerCase())))
    return failure('authorization-unfit', 'The event permits something at another server.');
  if (findTag(event, 't')?.[1] !== wanted.action)
    return failure('authorization-unfit', `The event does not permit to ${wanted.action}.`);
  if (wanted.sha256 !== null && !tagValues(event, 'x').includes(wanted.sha256))
    return failure('authorization-unfit', 'The event does not name this file in an "x" tag.');
  return success(event.pubkey);
}

/** The event in a header; peers write base64 with padding as well. */
function readHeader(header: string | null): NostrEvent | null {
  const token = /^Nostr\s+([\w+/=-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined || token.length > MAX_HEADER_LENGTH) return null;
  const digits = token.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    const bytes = base64.decode(digits.padEnd(Math.ceil(digits.length / 4) * 4, '='));
    const parsed = parseEvent(parseJson(new TextDecoder().decode(bytes)));
    return parsed.ok ? parsed.value : null;
  } catch {
    return null;
  }
}
