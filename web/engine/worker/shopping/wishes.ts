import { createBlobClient } from '../../../../src/blobs/index.ts';
import {
  DEFAULT_POLICY,
  SUPPORTED_EXCHANGES,
  type BuyingPolicy,
  type SupportedExchange,
  type Wish,
  type WishInput,
} from '../../../../src/customer/index.ts';
import type { GuardedFetch } from '../../../../src/http/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import {
  failure,
  parseJobRequest,
  success,
  type Msat,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { JobWish } from '../../contract.ts';

/** Names this app in the books, beside what other programs of the same key have bought. */
export const MADE_BY = 'web';

/** With a phone that scans invoices only these can be finished: the others need the preimage, or ecash. */
const BY_PHONE: readonly SupportedExchange[] = ['hold', 'free', 'prepay'];
/** Nothing here pays these yet. */
const UNPAYABLE: ReadonlySet<string> = new Set(['ecash-htlc', 'nutzap', 'zap']);

const MAX_FILE_BYTES = 32 * 2 ** 20;

/** What decides which wishes can be fulfilled. */
export interface WishTerms {
  readonly signer: Signer;
  readonly fetch: GuardedFetch;
  readonly blobServers: readonly string[];
  /** `null` when no wallet is connected. */
  readonly paysBy: 'wallet' | 'phone' | null;
  /** Every payment is to be approved by itself. */
  readonly asksAlways: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes down what a page wishes, with its files stored. Fails with `one-provider-only`, `private-files`,
 * `file-too-large`, or the codes of blob servers.
 */
export async function wishOf(job: JobWish, terms: WishTerms): Promise<Outcome<Wish>> {
  if (job.encrypted && job.targets.length !== 1)
    return failure('one-provider-only', 'An encrypted job is for one provider: choose exactly one.');
  if (job.encrypted && job.files.length > 0)
    return failure('private-files', 'Files cannot be sent encrypted yet: send their text, or switch it off.');
  const files = await storeFiles(job.files, terms);
  if (!files.ok) return files;
  return success({
    kind: job.kind,
    inputs: [...job.inputs, ...files.value],
    params: job.params,
    outputs: job.outputs,
    maxAmountMsat: job.maxAmountMsat,
    deadlineSeconds: job.deadlineSeconds,
    targets: job.targets,
    ...(job.encrypted ? { encrypted: true } : {}),
    exchanges: exchangesOf(job.exchanges, terms),
    approval: job.choice === 'ask' || terms.asksAlways ? 'ask' : 'automatic',
    idempotencyKey: job.idempotencyKey,
    madeBy: MADE_BY,
  });
}

function exchangesOf(
  wanted: JobWish['exchanges'],
  { paysBy }: Pick<WishTerms, 'paysBy'>,
): readonly SupportedExchange[] {
  if (paysBy === null) return ['free'];
  const payable = paysBy === 'phone' ? BY_PHONE : SUPPORTED_EXCHANGES.filter((mode) => !UNPAYABLE.has(mode));
  const possible = payable.filter((mode) => wanted.length === 0 || wanted.includes(mode));
  return possible.length === 0 ? payable : possible;
}

async function storeFiles(
  files: JobWish['files'],
  { fetch, blobServers, signer, signal }: WishTerms,
): Promise<Outcome<readonly WishInput[]>> {
  const client = createBlobClient({ fetch });
  const inputs: WishInput[] = [];
  for (const { blob, marker } of files) {
    if (blob.size > MAX_FILE_BYTES)
      return failure('file-too-large', `A file has at most ${MAX_FILE_BYTES / 2 ** 20} MiB.`);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const mediaType = blob.type === '' ? 'application/octet-stream' : blob.type;
    const stored = await client.upload({ bytes, mediaType }, { servers: blobServers, signer, signal });
    if (!stored.ok) return stored;
    const [data = ''] = stored.value.urls;
    inputs.push({ type: 'url', data, ...(marker === undefined ? {} : { marker }) });
  }
  return success(inputs);
}

/**
 * The same wish as an earlier purchase, from anybody but who has it already. Fails with `private-job`: what was
 * encrypted for one provider is not shown to others.
 */
export function hedgeOf(
  purchase: Purchase,
  hedge: { readonly maxAmountMsat: Msat; readonly idempotencyKey: string; readonly deadlineSeconds: number },
  terms: Pick<WishTerms, 'paysBy' | 'asksAlways'>,
): Outcome<Wish> {
  const read = parseJobRequest(purchase.request);
  if (!read.ok || read.value.encrypted)
    return failure(
      'private-job',
      'An encrypted job is not shown to others: post it anew for another provider.',
    );
  const { kind, inputs, params, outputs } = read.value;
  const taken = purchase.offer?.providerPubkey;
  return success({
    kind,
    inputs: inputs.map(({ data, type, relay, marker }) => ({
      data,
      type,
      ...(relay ? { relay } : {}),
      ...(marker ? { marker } : {}),
    })),
    params: Object.fromEntries(params),
    outputs,
    exchanges: exchangesOf([], terms),
    approval: terms.asksAlways ? 'ask' : 'automatic',
    policy: without(taken),
    madeBy: MADE_BY,
    ...hedge,
  });
}

function without(providerPubkey: string | undefined): Partial<BuyingPolicy> {
  return {
    choose: (offers) =>
      DEFAULT_POLICY.choose(offers.filter((offer) => offer.providerPubkey !== providerPubkey)),
  };
}
