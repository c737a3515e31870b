import { createBlobClient } from '../../../../src/blobs/index.ts';
import {
  DEFAULT_POLICY,
  storeInputFile,
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
  isPaidInEcash,
  parseJobRequest,
  success,
  type Msat,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { JobWish } from '../../contract.ts';
import { hedgeAgainst, MADE_BY } from './made-by.ts';
import { MOST_TOGETHER, namesTogether } from './together.ts';

/** With a phone that scans invoices only these can be finished: the others need the preimage, or ecash. */
const BY_PHONE: readonly SupportedExchange[] = ['hold', 'free', 'prepay'];
/** Nothing here pays these yet. */
const UNPAYABLE: ReadonlySet<string> = new Set(['zap', 'balance']);
/** Lightning holds money for minutes or hours: who waits longer than a day asks for none of it. */
const HELD: ReadonlySet<string> = new Set(['hold', 'reveal']);
const LONGEST_HOLD_SECONDS = 86_400;
/** Without a wallet that can be paid back, ecash goes only where it comes back by itself. */
const BY_ECASH_ALONE: readonly SupportedExchange[] = ['free', 'ecash-htlc'];

/** What decides which wishes can be fulfilled. */
export interface WishTerms {
  readonly signer: Signer;
  readonly fetch: GuardedFetch;
  readonly blobServers: readonly string[];
  /** `null` when no wallet is connected. */
  readonly paysBy: 'wallet' | 'phone' | null;
  /** A mint is trusted. */
  readonly paysInEcash: boolean;
  /** Every payment is to be approved by itself. */
  readonly asksAlways: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes down what a page wishes, with its files stored: one wish, or for an encrypted job one for each provider. Fails
 * with `provider-needed`, `too-many-providers`, `pick-needs-one`, `file-too-large`, or the codes of blob servers.
 */
export async function wishesOf(job: JobWish, terms: WishTerms): Promise<Outcome<readonly Wish[]>> {
  const targets = targetsOf(job);
  if (job.encrypted && targets.length === 0)
    return failure('provider-needed', 'An encrypted job names who may read it: choose a provider.');
  if (job.encrypted && targets.length > MOST_TOGETHER)
    return failure('too-many-providers', `An encrypted job is for at most ${MOST_TOGETHER} providers.`, {
      max: MOST_TOGETHER,
    });
  const several = isForSeveral(job);
  if (several && job.choice === 'pick')
    return failure('pick-needs-one', 'Among several encrypted requests you choose by yourself.');
  const files = await storeFiles(job, terms);
  if (!files.ok) return files;
  const wish: Wish = {
    kind: job.kind,
    inputs: [...job.inputs, ...files.value],
    params: job.params,
    outputs: job.outputs,
    maxAmountMsat: job.maxAmountMsat,
    deadlineSeconds: job.deadlineSeconds,
    targets,
    ...(job.encrypted ? { encrypted: true } : {}),
    exchanges: exchangesOf(job, terms),
    approval: job.choice === 'ask' || terms.asksAlways ? 'ask' : 'automatic',
    idempotencyKey: job.idempotencyKey,
    madeBy: MADE_BY,
  };
  if (!several) return success([wish]);
  const names = namesTogether(job.idempotencyKey);
  return success(targets.map((target, place) => ({ ...wish, targets: [target], ...names[place] })));
}

/** The keys by which the books know the requests of a job, in the order of `wishesOf`. */
export function keysOf(job: JobWish): readonly string[] {
  if (!isForSeveral(job)) return [job.idempotencyKey];
  const names = namesTogether(job.idempotencyKey).slice(0, targetsOf(job).length);
  return names.map(({ idempotencyKey }) => idempotencyKey);
}

function isForSeveral(job: JobWish): boolean {
  return job.encrypted && targetsOf(job).length > 1;
}

function targetsOf({ targets }: JobWish): readonly string[] {
  return [...new Set(targets)];
}

function exchangesOf(
  { exchanges: wanted, deadlineSeconds }: Pick<JobWish, 'exchanges' | 'deadlineSeconds'>,
  { paysBy, paysInEcash }: Pick<WishTerms, 'paysBy' | 'paysInEcash'>,
): readonly SupportedExchange[] {
  const payable = (mode: SupportedExchange): boolean => {
    if (isPaidInEcash(mode) && !paysInEcash) return false;
    if (HELD.has(mode) && deadlineSeconds > LONGEST_HOLD_SECONDS) return false;
    if (paysBy === 'wallet') return !UNPAYABLE.has(mode);
    return BY_ECASH_ALONE.includes(mode) || (paysBy === 'phone' && BY_PHONE.includes(mode));
  };
  const possible = SUPPORTED_EXCHANGES.filter(payable);
  const asked = possible.filter((mode) => wanted.length === 0 || wanted.includes(mode));
  return asked.length === 0 ? possible : asked;
}

async function storeFiles(
  { files, encrypted }: Pick<JobWish, 'files' | 'encrypted'>,
  { fetch, blobServers: servers, signer, signal }: WishTerms,
): Promise<Outcome<readonly WishInput[]>> {
  const client = createBlobClient({ fetch });
  const inputs: WishInput[] = [];
  for (const { blob, marker } of files) {
    const stored = await storeInputFile(
      {
        bytes: new Uint8Array(await blob.arrayBuffer()),
        mediaType: blob.type === '' ? 'application/octet-stream' : blob.type,
        ...(blob instanceof File ? { name: blob.name } : {}),
        ...(marker === undefined ? {} : { marker }),
      },
      { client, servers, signer, encrypted, signal },
    );
    if (!stored.ok) return stored;
    inputs.push(stored.value);
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
  terms: Pick<WishTerms, 'paysBy' | 'paysInEcash' | 'asksAlways'>,
): Outcome<Wish> {
  const read = parseJobRequest(purchase.request);
  if (!read.ok || read.value.encrypted)
    return failure(
      'private-job',
      'An encrypted job is not shown to others: post it anew for another provider.',
    );
  const { kind, inputs, params, outputs, exchanges } = read.value;
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
    exchanges: exchangesOf({ exchanges, deadlineSeconds: hedge.deadlineSeconds }, terms),
    approval: terms.asksAlways ? 'ask' : 'automatic',
    policy: without(taken),
    madeBy: taken === undefined ? MADE_BY : hedgeAgainst(taken),
    ...hedge,
  });
}

function without(providerPubkey: string | undefined): Partial<BuyingPolicy> {
  return {
    choose: (offers) =>
      DEFAULT_POLICY.choose(offers.filter((offer) => offer.providerPubkey !== providerPubkey)),
  };
}
