import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes, randomBytes } from '@noble/hashes/utils.js';
import type { GuardedFetch } from '../../http/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { fetchTimestamp, submitCommitment } from './calendar.ts';
import { attestationOf, blinding, readProof, writeProof, type TimestampPath } from './timestamp-paths.ts';

/** Which calendars are asked, and how. */
export interface Calendars {
  readonly fetch: GuardedFetch;
  /** Where digests go. */
  readonly submitTo: readonly string[];
  /** Whether an address that a calendar names in its promise may be asked for the rest. */
  readonly mayAsk: (url: string) => boolean;
}

const NONCE_BYTES = 16;

/**
 * Hands a digest (hex) to all calendars, hidden behind a nonce, and gives the proof with their promises. Fails with
 * `calendars-unreachable` when none of them made one.
 */
export async function submitDigest(
  digest: string,
  { fetch, submitTo }: Calendars,
  signal: AbortSignal,
): Promise<Outcome<Uint8Array, 'calendars-unreachable'>> {
  const bytes = hexToBytes(digest);
  const nonce = randomBytes(NONCE_BYTES);
  const commitment = sha256(concatBytes(bytes, nonce));
  const answers = await Promise.all(
    submitTo.map((calendar) => submitCommitment(fetch, calendar, Uint8Array.from(commitment), signal)),
  );
  const promises = answers
    .flatMap((answer) => (answer.ok ? answer.value : []))
    .map((path) => after(blinding(nonce), path))
    .filter((path) => attestationOf(bytes, path) !== null);
  return promises.length === 0
    ? failure('calendars-unreachable', 'No calendar server took the digest; try again later.')
    : success(writeProof(bytes, promises));
}

/**
 * Asks the calendars of a proof whether a block has it by now: the proof with that one way, as NIP-03 wants it, or
 * `null` while none has. Of several blocks the oldest proves most.
 */
export async function upgradeProof(
  digest: string,
  proof: Uint8Array,
  { fetch, mayAsk }: Calendars,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const bytes = hexToBytes(digest);
  const paths = readProof(proof);
  if (!paths.ok) return null;
  const found = await Promise.all(
    paths.value.map(async (path) => {
      const promise = attestationOf(bytes, path);
      if (promise?.type !== 'pending' || !mayAsk(promise.calendarUrl)) return [path];
      const answer = await fetchTimestamp(fetch, promise.calendarUrl, promise.commitment, signal);
      return answer.ok ? answer.value.map((rest) => after(path.operations, rest)) : [];
    }),
  );
  const inBlocks = found.flat().flatMap((path) => {
    const attestation = attestationOf(bytes, path);
    return attestation?.type === 'bitcoin' ? [{ path, height: attestation.height }] : [];
  });
  const [oldest] = inBlocks.toSorted((left, right) => left.height - right.height);
  return oldest === undefined ? null : writeProof(bytes, [oldest.path]);
}

function after(operations: Uint8Array, path: TimestampPath): TimestampPath {
  return { ...path, operations: concatBytes(operations, path.operations) };
}
