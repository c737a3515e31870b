import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { NewPurchase, Purchase } from '../ledger/index.ts';
import {
  buildFirstDraftRequest,
  buildJobRequest,
  failure,
  INPUT_TYPES,
  isHex32,
  isJobKind,
  isPaidInEcash,
  sealRequest,
  success,
  type FileReference,
  type FollowUp,
  type JobInput,
  type EventTemplate,
  type JobRequestDraft,
  type Outcome,
} from '../protocol/index.ts';
import { SUPPORTED_EXCHANGES, type SupportedExchange, type Wish, type WishInput } from './wish.ts';
import type { WishFailureCode } from './errors.ts';
import { MAX_WORK_BITS, withWork } from './conditions/work.ts';
import { fingerprintOf, isKey, KEY_WANTS } from './idempotency.ts';
import type { CustomerContext } from './run.ts';

const DEFAULT_DEADLINE_SECONDS = 120;
/** Held payments cannot be followed much longer than the blocks they are locked for; every other way can. */
const MAX_DEADLINE_SECONDS = { held: 86_400, free: 30 * 86_400 };
const HELD: ReadonlySet<SupportedExchange> = new Set(['hold', 'reveal']);
const MAX_INPUTS = 64;
const MAX_TARGETS = 20;
const MAX_NAME = 50;
const MAX_MINTS = 8;

/** A wish for a further step of a job; its key tells that step and this attempt at it. */
export interface FollowUpWish extends Wish {
  readonly followUp: FollowUp;
  readonly idempotencyKey: string;
}

/**
 * Turns a wish into a signed request and books it: purchase and request event become durable together, so that
 * a request on a relay always has its purchase. A wish with an idempotency key that names a purchase already is that
 * purchase. Fails with `invalid-wish`, `encryption-needs-one-target`, `encryption-failed` or `key-used`.
 */
export async function openRequest(
  context: CustomerContext,
  wish: Wish | FollowUpWish,
): Promise<Outcome<Purchase, Exclude<WishFailureCode, 'too-many-open' | 'closed'>>> {
  const { idempotencyKey: key } = wish;
  if (key !== undefined && !isKey(key)) return flawed({ field: 'idempotencyKey', wants: KEY_WANTS });
  const prepared = await prepareRequest(context, wish);
  if (!prepared.ok) return prepared;
  const { purchases } = context.ledger;
  context.checkpoint('customer:before-open');
  const opened =
    key === undefined
      ? success(await purchases.open(prepared.value))
      : await purchases.openByKey(prepared.value, {
          key,
          fingerprint: fingerprintOf(whatIsAsked(wish)),
        });
  if (!opened.ok) return opened;
  context.checkpoint('customer:after-open');
  return success(opened.value.purchase);
}

/** A further step of a job. What it builds on may be another result when it is asked for again, and it is still that step. */
function whatIsAsked(wish: Wish | FollowUpWish): object {
  if (!('followUp' in wish)) return { ...wish, policy: null, signal: null };
  return { followUp: wish.followUp, words: wish.inputs.filter((input) => typeof input === 'string') };
}

/** A wish as a signed request, to be booked. */
export async function prepareRequest(
  context: CustomerContext,
  wish: Wish | FollowUpWish,
): Promise<Outcome<NewPurchase, Exclude<WishFailureCode, 'too-many-open' | 'closed' | 'key-used'>>> {
  const flaw = checkWish(context, wish);
  if (flaw !== null) return flawed(flaw);
  const deadlineSeconds = wish.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  const exchanges = await exchangesToAskFor(context, wish);
  const mints = await mintsToName(context, exchanges);
  const createdAt = context.now();
  const deadlineAt = createdAt + deadlineSeconds;
  const draft = draftRequest(context, wish, { exchanges, mints, createdAt, deadlineAt });
  const written =
    wish.dialect === 'first-draft' ? buildFirstDraftRequest(draft) : success(buildJobRequest(draft));
  if (!written.ok)
    return failure('invalid-wish', `The wish's dialect cannot be spoken: ${written.failure.message}`, {
      field: 'dialect',
      reason: written.failure.code,
    });
  const template = written.value;
  const prepared = await prepareTemplate(context, wish, {
    ...template,
    tags: [...template.tags, distinctTag()],
  });
  if (!prepared.ok) return prepared;
  const worked = await withWork(prepared.value, context.signer.pubkey, {
    bits: wish.workBits ?? 0,
    signal: wish.signal === undefined ? context.signal : AbortSignal.any([context.signal, wish.signal]),
  });
  const request = await context.signer.sign(worked);
  return success({
    request,
    relays: context.relayUrls,
    maxAmountMsat: wish.maxAmountMsat,
    deadlineAt,
    approval: wish.approval ?? 'automatic',
    ...(wish.madeBy === undefined ? {} : { madeBy: wish.madeBy }),
    publish: [{ event: request, relays: context.relayUrls, expiresAt: deadlineAt }],
  });
}

/** What is wrong with a wish. */
interface Flaw extends Readonly<Record<string, unknown>> {
  readonly field: string;
  readonly wants: string;
}

function flawed(flaw: Flaw) {
  return failure('invalid-wish', `The wish's ${flaw.field} ${flaw.wants}.`, flaw);
}

/** What is wrong with a wish, as far as it shows before it is written; `null` when nothing is. */
export function checkWish(context: CustomerContext, wish: Wish): Flaw | null {
  const exchanges = exchangesOf(context, wish);
  const deadlineSeconds = wish.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  return findExchangeFlaw(context, exchanges) ?? findFlaw(wish, exchanges, deadlineSeconds);
}

/** Modes that cannot be paid here. */
function findExchangeFlaw(context: CustomerContext, exchanges: readonly SupportedExchange[]): Flaw | null {
  const field = 'exchanges';
  const impossible = exchanges.find((mode) => !isPossible(context, mode));
  if (impossible !== undefined) return { field, wants: `name "${impossible}", which is not paid here` };
  const unpayable = context.canPay
    ? undefined
    : exchanges.find((mode) => mode !== 'free' && !isPaidInEcash(mode)); // ecash is there already
  if (unpayable === undefined) return null;
  return { field, wants: `needs a wallet for "${unpayable}"; connect one or ask for "free"` };
}

function exchangesOf(context: CustomerContext, wish: Wish): readonly SupportedExchange[] {
  const possible = SUPPORTED_EXCHANGES.filter((mode) => isPossible(context, mode));
  const exchanges = wish.exchanges ?? (context.canPay ? possible : (['free'] as const));
  return wish.forChaining === true ? exchanges.filter((mode) => mode !== 'reveal') : exchanges;
}

/** Who has nothing prepaid asks for no mode that takes it, unless the wish names it. */
async function exchangesToAskFor(
  context: CustomerContext,
  wish: Wish,
): Promise<readonly SupportedExchange[]> {
  const exchanges = exchangesOf(context, wish);
  if (wish.exchanges !== undefined || !exchanges.includes('balance')) return exchanges;
  const holdings = await context.ledger.prepaid.holdings(context.signer.pubkey);
  const hasSome = holdings.some(({ leftMsat }) => leftMsat > 0n);
  return hasSome ? exchanges : exchanges.filter((mode) => mode !== 'balance');
}

/** The mints that ecash can be paid from, those that hold most first: nobody has to offer another one. */
async function mintsToName(
  { ecash }: CustomerContext,
  exchanges: readonly SupportedExchange[],
): Promise<readonly string[]> {
  if (ecash === null || !exchanges.some(isPaidInEcash)) return [];
  const balances = await ecash.balances();
  return balances
    .toSorted((one, other) => Number(other.amountMsat - one.amountMsat))
    .slice(0, MAX_MINTS)
    .map(({ mintUrl }) => mintUrl);
}

/** Zaps and ecash take more than a wallet. */
export function isPossible({ zapInvoices, ecash }: CustomerContext, mode: SupportedExchange): boolean {
  if (isPaidInEcash(mode)) return ecash !== null;
  return mode !== 'zap' || zapInvoices !== null;
}

/** Encrypts the request where the wish asks for it. Each provider has its own ciphertext, and so its own request. */
async function prepareTemplate(
  context: CustomerContext,
  wish: Wish,
  template: EventTemplate,
): Promise<Outcome<EventTemplate, 'encryption-needs-one-target' | 'encryption-failed'>> {
  if (wish.encrypted !== true) return success(template);
  const targets = [...new Set(wish.targets)];
  const [peerPubkey] = targets;
  if (peerPubkey === undefined || targets.length > 1)
    return failure(
      'encryption-needs-one-target',
      'A request is encrypted for exactly one provider: name it, and ask each further one by a wish of its own.',
      { targets: targets.length },
    );
  return sealRequest(template, { peerPubkey, scheme: 'nip44', ciphers: context.signer });
}

/** Two equal wishes in one second are two jobs, but without this they would be one event. */
function distinctTag(): string[] {
  return ['salt', bytesToHex(randomBytes(8))];
}

function draftRequest(
  context: CustomerContext,
  wish: Wish | FollowUpWish,
  terms: {
    readonly exchanges: readonly SupportedExchange[];
    readonly mints: readonly string[];
    readonly createdAt: number;
    readonly deadlineAt: number;
  },
): JobRequestDraft {
  const params = Object.entries(wish.params ?? {}).map(
    ([name, value]) => [name, typeof value === 'string' ? [value] : value] as const,
  );
  return {
    kind: wish.kind,
    inputs: wish.inputs.map(readInput),
    params: new Map(params),
    outputs: wish.outputs ?? [],
    relays: context.relayUrls,
    targets: wish.targets ?? [],
    ...(wish.welcomesRescue === true ? { welcomesRescue: true } : {}),
    exchanges: terms.exchanges,
    mints: terms.mints,
    content: wish.content ?? '',
    chain: wish.chain ?? new Map(),
    files: filesOf(wish),
    ...('followUp' in wish ? { followUp: wish.followUp } : {}),
    ...(context.refundLud16 === null ? {} : { refundLud16: context.refundLud16 }),
    createdAt: terms.createdAt,
    expiresAt: terms.deadlineAt,
  };
}

function filesOf({ inputs }: Wish): readonly FileReference[] {
  return inputs.flatMap((input) => (typeof input === 'string' ? [] : (input.file ?? [])));
}

function readInput(input: WishInput): JobInput {
  if (typeof input === 'string') return { data: input, type: 'text', relay: null, marker: null };
  return { data: input.data, type: input.type, relay: input.relay ?? null, marker: input.marker ?? null };
}

function findFlaw(wish: Wish, exchanges: readonly SupportedExchange[], deadlineSeconds: number): Flaw | null {
  if (!isJobKind(wish.kind)) return { field: 'kind', wants: 'must be a job kind, 5000 to 5999' };
  if (wish.inputs.length > MAX_INPUTS) return { field: 'inputs', wants: `must be at most ${MAX_INPUTS}` };
  const isHeld = exchanges.some((mode) => HELD.has(mode)) && !exchanges.includes('ecash-htlc');
  const maxSeconds = MAX_DEADLINE_SECONDS[isHeld ? 'held' : 'free'];
  if (!Number.isInteger(deadlineSeconds) || deadlineSeconds < 1 || deadlineSeconds > maxSeconds)
    return { field: 'deadlineSeconds', wants: `must be whole seconds, 1 to ${maxSeconds}` };
  if (!wish.inputs.map(readInput).every(({ type }) => INPUT_TYPES.some((known) => known === type)))
    return { field: 'inputs', wants: `must each be of type ${INPUT_TYPES.join(', ')}` };
  if ((wish.targets?.length ?? 0) > MAX_TARGETS || wish.targets?.some((target) => !isHex32(target)))
    return { field: 'targets', wants: `must be at most ${MAX_TARGETS} public keys in hex` };
  if (wish.encrypted !== true && filesOf(wish).some(({ encryption }) => encryption !== null))
    return { field: 'inputs', wants: 'may carry the key of a file in an encrypted wish only' };
  if (wish.encrypted === true && wish.welcomesRescue === true)
    return {
      field: 'welcomesRescue',
      wants: 'is of no use where only the provider in targets can read the request',
    };
  if (wish.dialect === 'first-draft' && wish.encrypted === true)
    return { field: 'encrypted', wants: 'is unknown to the first draft; leave it out or ask by NIP-90' };
  if (wish.madeBy !== undefined && !(wish.madeBy.length >= 1 && wish.madeBy.length <= MAX_NAME))
    return { field: 'madeBy', wants: `must be a name of 1 to ${MAX_NAME} characters` };
  const { workBits = 0 } = wish;
  if (!Number.isInteger(workBits) || workBits < 0 || workBits > MAX_WORK_BITS)
    return { field: 'workBits', wants: `must be whole bits, 0 to ${MAX_WORK_BITS}` };
  if (exchanges.length === 0)
    return { field: 'exchanges', wants: 'must name a mode (for chaining one besides reveal) or be left out' };
  return null;
}
