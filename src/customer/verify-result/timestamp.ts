import { base64 } from '@scure/base';
import {
  failure,
  isHex32,
  parseTimestampProof,
  success,
  tagValues,
  TIMESTAMP_KIND,
  type JobRequest,
  type Outcome,
  type TimestampProof,
} from '../../protocol/index.ts';
import type { ResultEvidence } from './evidence.ts';
import type { ResultCheck } from './verdict.ts';

/** Blocks that are looked up for one proof; proofs seldom name more than one. */
const MAX_BLOCKS = 4;
/** Where the merkle root stands in the hex of a block header. */
const MERKLE_ROOT = [72, 136] as const;

/**
 * Kind 5900, timestamping (NIP-03): whether the proof stamps the event that was asked for, and whether it has got into
 * the Bitcoin chain. The result is the id of the proof's event (kind 1040), or the proof itself in base64.
 */
export async function checkTimestamp(
  request: JobRequest,
  content: string,
  evidence: ResultEvidence,
): Promise<ResultCheck[]> {
  const askedId = request.inputs.find(({ type }) => type === 'event')?.data;
  if (!isHex32(askedId)) return [stamped(null, 'The request names no event.')];
  const found = await findProof(content.trim(), askedId, evidence);
  if (!found.ok) return [stamped(found.failure.code === 'not-found' ? null : false, found.failure.message)];
  const { hash, digest, attestations } = found.value;
  if (hash !== 'sha256' || digest !== askedId)
    return [stamped(false, 'The proof is about something else than the event that was to be stamped.')];
  return [
    stamped(true, 'The proof is about the event that was to be stamped.'),
    await checkAttestations(attestations, evidence),
  ];
}

function stamped(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'stamped-event', ok, detail, proves: true };
}

async function findProof(
  result: string,
  askedId: string,
  { findEvent }: ResultEvidence,
): Promise<Outcome<TimestampProof>> {
  if (!isHex32(result)) return readProof(result);
  const event = (await findEvent?.(result)) ?? null;
  if (event === null) return failure('not-found', 'The event with the proof is on none of the relays.');
  if (event.kind !== TIMESTAMP_KIND || !tagValues(event, 'e').includes(askedId))
    return failure('other-event', 'The result names an event that is no timestamp of the one asked for.');
  return readProof(event.content);
}

function readProof(text: string): Outcome<TimestampProof> {
  const bytes = readBase64(text);
  return bytes.ok ? parseTimestampProof(bytes.value) : bytes;
}

function readBase64(text: string): Outcome<Uint8Array> {
  try {
    return success(base64.decode(text.trim()));
  } catch {
    return failure('not-a-timestamp', 'The result is neither the id of an event nor a proof in base64.');
  }
}

async function checkAttestations(
  attestations: TimestampProof['attestations'],
  { blockHeader }: ResultEvidence,
): Promise<ResultCheck> {
  const blocks = attestations.filter((attestation) => attestation.type === 'bitcoin');
  const calendars = attestations.filter((attestation) => attestation.type === 'pending');
  const [calendar] = calendars;
  if (blocks.length === 0 && calendar !== undefined)
    return inBlock(null, `Pending: ${calendar.calendarUrl} has promised to put it into the Bitcoin chain.`);
  if (blocks.length === 0)
    return inBlock(attestations.length === 0 ? false : null, 'The proof does not lead to a Bitcoin block.');
  const heights = blocks.map(({ height }) => height).join(', ');
  if (blockHeader === undefined)
    return inBlock(null, `The proof names Bitcoin block ${heights}, which nobody here can look up.`);
  const headers = await Promise.all(
    blocks.slice(0, MAX_BLOCKS).map(async ({ height, commitment }) => {
      const header = await blockHeader(height);
      return header === null ? null : header.slice(...MERKLE_ROOT) === commitment;
    }),
  );
  if (headers.includes(true)) return inBlock(true, `The proof leads to Bitcoin block ${heights}.`);
  return headers.includes(false)
    ? inBlock(false, `Bitcoin block ${heights} does not contain what the proof leads to.`)
    : inBlock(null, `The proof names Bitcoin block ${heights}, which was not found.`);
}

function inBlock(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'bitcoin-block', ok, detail, proves: true };
}
