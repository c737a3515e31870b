import type { Signer } from '../keys/index.ts';
import type { WalletCall } from '../money/index.ts';
import {
  buildNutzap,
  checkNutzap,
  failure,
  NUTZAP_KIND,
  parseNutzap,
  satsToMsat,
  success,
  type EventFailureCode,
  type Failure,
  type Msat,
  type NostrEvent,
  type Nutzap,
  type NutzapDraft,
  type NutzapInfo,
  type NutzapRefusal,
  type Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { bareMintUrl, type EcashFailureCode } from './context.ts';
import type { EcashWallet } from './ecash-wallet.ts';

/** More nutzaps than this are not kept waiting; those dropped are seen again at the next start. */
const MAX_WAITING = 1000;

/** Why a nutzap is no payment; `too-little` also where the fee for redeeming it leaves less than the price. */
export type NutzapFailureCode = EventFailureCode | NutzapRefusal | EcashFailureCode;

/** A nutzap whose ecash is ours now. */
export interface RedeemedNutzap {
  readonly nutzap: Nutzap;
  /** What was left after the mint's fee. */
  readonly amountMsat: Msat;
}

/**
 * Locks ecash to the recipient's key and writes the nutzap (NIP-61), to be published on the relays that its kind
 * 10019 names. Called again with the same key it holds the same ecash. Fails with `untrusted-mint` when payer and
 * recipient trust no mint together.
 */
export async function makeNutzap(
  parts: { readonly wallet: EcashWallet; readonly signer: Signer },
  wish: {
    readonly key: string;
    readonly info: NutzapInfo;
    readonly amountMsat: Msat;
    readonly zapped?: NutzapDraft['zapped'];
    readonly comment?: string;
    /** Unix seconds. */
    readonly createdAt: number;
  },
  call?: WalletCall,
): Promise<Outcome<NostrEvent, EcashFailureCode>> {
  const { wallet, signer } = parts;
  const { info, key, amountMsat, zapped, comment, createdAt } = wish;
  const balances = new Map((await wallet.balances()).map((balance) => [balance.mintUrl, balance.amountMsat]));
  const [mint] = info.mints
    .filter(
      ({ url, units }) => balances.has(bareMintUrl(url)) && (units.length === 0 || units.includes('sat')),
    )
    .toSorted((one, other) =>
      compare(balances.get(bareMintUrl(other.url)), balances.get(bareMintUrl(one.url))),
    );
  if (mint === undefined)
    return failure('untrusted-mint', 'The recipient takes ecash of no mint that this wallet trusts.');
  const lock = { kind: 'p2pk', pubkey: info.lockPubkey } as const;
  const sent = await wallet.send({ key, mintUrl: mint.url, amountMsat, lock }, call);
  if (!sent.ok) return sent;
  const draft: NutzapDraft = {
    recipientPubkey: info.recipientPubkey,
    mint: mint.url,
    unit: 'sat',
    proofs: sent.value.proofs,
    createdAt,
    ...(zapped === undefined ? {} : { zapped }),
    ...(comment === undefined ? {} : { comment }),
  };
  return success(await signer.sign(buildNutzap(draft)));
}

function compare(one: bigint = 0n, other: bigint = 0n): number {
  return one < other ? -1 : Number(one > other);
}

/** By which rules nutzaps are taken. */
export interface NutzapRules {
  /** Our own kind 10019; its mints should be those of the wallet. */
  readonly info: NutzapInfo;
  /** The least that must be left after the mint's fee. */
  readonly minAmountMsat: Msat;
  /** Ids of events that it may pay for; any event, or none, when left out. */
  readonly eventIds?: readonly string[];
}

/**
 * Checks a nutzap by every rule (NIP-61: recipient, mint, unit, lock and nothing but the lock, NUT-12, sum) and swaps
 * its ecash into our own: only then it is paid. The same nutzap again is the same redemption; the same ecash in
 * another nutzap is `already-spent`.
 */
export async function redeemNutzap(
  wallet: EcashWallet,
  event: NostrEvent,
  rules: NutzapRules,
  call?: WalletCall,
): Promise<Outcome<RedeemedNutzap, NutzapFailureCode>> {
  const nutzap = parseNutzap(event);
  if (!nutzap.ok) return nutzap;
  const { mint: mintUrl, unit, proofs } = nutzap.value;
  const { info, minAmountMsat, eventIds } = rules;
  const expected = {
    info,
    unit: 'sat',
    minTotal: (minAmountMsat + 999n) / 1000n,
    ...(eventIds === undefined ? {} : { eventIds }),
  };
  // First what needs no mint: strangers must not make us call one.
  const shaped = checkNutzap(nutzap.value, expected);
  if (!shaped.ok) return shaped;
  const judge = await wallet.dleqJudge({ mintUrl, proofs }, call);
  if (!judge.ok) return judge;
  const checked = checkNutzap(nutzap.value, { ...expected, dleqHolds: judge.value });
  if (!checked.ok) return checked;
  const redeemed = await wallet.redeem(
    {
      key: `nutzap ${event.id}`,
      ecash: { mintUrl, unit, proofs },
      lock: { kind: 'p2pk' },
      minAmountMsat: minAmountMsat > 0n ? minAmountMsat : satsToMsat(1),
      about: nutzap.value.eventId,
    },
    call,
  );
  return redeemed.ok ? success({ nutzap: nutzap.value, amountMsat: redeemed.value.amountMsat }) : redeemed;
}

/**
 * Takes the nutzaps that are sent to us, stored ones and new ones, one after the other until the signal aborts.
 * `onRedeemed` may hear of one again after a restart: it names the same event. Resolves when all relays have sent
 * what they stored and that was handled.
 */
export async function receiveNutzaps(options: {
  readonly wallet: EcashWallet;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly rules: NutzapRules;
  readonly onRedeemed: (redeemed: RedeemedNutzap) => void | Promise<void>;
  readonly onRefused: (event: NostrEvent, reason: Failure<NutzapFailureCode>) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { wallet, relays, relayUrls, rules, onRedeemed, onRefused, signal } = options;
  let waiting = 0;
  let last = Promise.resolve();

  async function take(event: NostrEvent): Promise<void> {
    if (signal.aborted) return;
    const redeemed = await redeemNutzap(wallet, event, rules, { signal });
    if (redeemed.ok) await onRedeemed(redeemed.value);
    else onRefused(event, redeemed.failure);
  }

  await relays.subscribe({
    relays: relayUrls,
    filters: [{ kinds: [NUTZAP_KIND], '#p': [rules.info.recipientPubkey] }],
    signal,
    onEvent: (event) => {
      if (waiting >= MAX_WAITING) return;
      waiting += 1;
      last = last
        .then(() => take(event))
        .catch((error: unknown) => {
          if (!signal.aborted) onRefused(event, unforeseen(error));
        })
        .finally(() => (waiting -= 1));
    },
  });
  await last;
}

/** Broken storage: the nutzap is seen again at the next start. */
function unforeseen(error: unknown): Failure<NutzapFailureCode> {
  const message = error instanceof Error ? error.message : String(error);
  return failure('mint-pending', `The nutzap could not be booked: ${message}`).failure;
}
