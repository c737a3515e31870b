import type { EcashPurse } from '../customer/index.ts';
import { makeNutzap, redeemNutzap, relayCopy, type EcashStore, type EcashWallet } from '../ecash/index.ts';
import type { Signer } from '../keys/index.ts';
import {
  commonMints,
  failure,
  msat,
  orThrow,
  parseNutzap,
  parseNutzapInfo,
  success,
  type EcashProof,
  type Msat,
  type NostrEvent,
  type NutzapInfo,
  type Outcome,
} from '../protocol/index.ts';
import type { EcashDesk } from '../provider/index.ts';
import type { RelayPool } from '../relays/index.ts';

/** In whose name ecash is used, and where that is told. */
export interface EcashOwner {
  readonly signer: Signer;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
}

/** What the ecash of an account is made of. */
export interface EcashParts extends EcashOwner {
  readonly wallet: EcashWallet;
  readonly store: EcashStore;
  /** Of the wallet's lock key, 32 bytes: other devices find it on the relays, encrypted. */
  readonly lockSecretKey: Uint8Array;
  /** Unix seconds. */
  readonly now: () => number;
}

/** The ecash of an account, as a provider takes and gives it and as a customer spends it. */
export type AccountEcash = EcashWallet & EcashDesk & EcashPurse;

/**
 * Makes a wallet into what providers and customers need. What a customer lacks is bought with the wallet's Lightning;
 * what a provider was given is copied to its relays (NIP-60), encrypted to itself.
 */
export function createAccountEcash(parts: EcashParts): AccountEcash {
  const { wallet, lockSecretKey } = parts;
  const copy = relayCopy(parts);

  /** Tries with what there is, and once more with bought ecash. */
  async function funded<Value>(
    wish: { readonly key: string; readonly amountMsat: Msat; readonly feeLimitMsat: Msat },
    mintUrl: string,
    call: { readonly signal?: AbortSignal } | undefined,
    spend: () => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>> {
    const spent = await spend();
    if (spent.ok || spent.failure.code !== 'insufficient-ecash') return spent;
    // Of what may be spent on fees, half is for the mint and half for the way to it.
    const mintFees = (wish.feeLimitMsat / 2000n) * 1000n;
    const bought = await wallet.mint(
      {
        key: wish.key,
        mintUrl,
        amountMsat: msat(wish.amountMsat + mintFees),
        feeLimitMsat: msat(wish.feeLimitMsat - mintFees),
      },
      call,
    );
    if (bought.ok) return spend();
    return bought.failure.data?.['reason'] === 'no-wallet' ? spent : bought;
  }

  return {
    ...wallet,
    redeemNutzap: (event, call) => redeem(parts, event, call),
    async tellRedeemed(event) {
      const nutzap = parseNutzap(event);
      await copy.sync(nutzap.ok ? [nutzap.value] : []);
    },
    announce: async () => (await copy.announce(lockSecretKey)).ok,
    async giveNutzap({ info, about, ...wish }, call) {
      const recipient = parseNutzapInfo(info);
      if (!recipient.ok) return recipient;
      return makeNutzap(parts, { ...wish, info: recipient.value, zapped: about }, call);
    },
    async lock(wish, call) {
      const { key, amountMsat, paymentHash, lockPubkey, refundAfter } = wish;
      const mintUrl = await mintToPayFrom(wallet, wish);
      if (mintUrl === null) return noCommonMint();
      const refundPubkey = wallet.lockPubkey;
      const lock = { kind: 'htlc', paymentHash, pubkey: lockPubkey, refundPubkey, refundAfter } as const;
      const sent = await funded(wish, mintUrl, call, () =>
        wallet.send({ key, mintUrl, amountMsat, lock }, call),
      );
      if (!sent.ok) return sent;
      const { token, proofs } = sent.value;
      return success({ token, feePaidMsat: onTop(proofs, amountMsat) });
    },
    async payByNutzap({ info, about, ...wish }, call) {
      const recipient = parseNutzapInfo(info);
      if (!recipient.ok) return recipient;
      const mintUrl = commonMint(
        wallet,
        recipient.value.mints.map(({ url }) => url),
      );
      if (mintUrl === null) return noCommonMint();
      const draft = { ...wish, info: recipient.value, zapped: about };
      const made = await funded(wish, mintUrl, call, () => makeNutzap(parts, draft, call));
      if (!made.ok) return made;
      const { proofs } = orThrow(parseNutzap(made.value));
      return success({ nutzap: made.value, feePaidMsat: onTop(proofs, wish.amountMsat) });
    },
  };
}

/**
 * The mint at which that payment was begun, so that it is the same one again; else one that has enough for it, or the
 * first that is trusted, where the rest is bought.
 */
async function mintToPayFrom(
  wallet: EcashWallet,
  {
    key,
    mints,
    amountMsat,
  }: { readonly key: string; readonly mints: readonly string[]; readonly amountMsat: Msat },
): Promise<string | null> {
  for (const kind of ['send', 'mint'] as const) {
    const begun = await wallet.movement({ kind, key });
    if (begun !== null && begun.state !== 'failed') return begun.mintUrl;
  }
  const common = commonMints(wallet.mintUrls, mints);
  const balances = await wallet.balances();
  const rich = balances.find((at) => common.includes(at.mintUrl) && at.amountMsat >= amountMsat);
  return rich?.mintUrl ?? commonMint(wallet, mints);
}

/** The first of these mints that the wallet trusts. */
function commonMint({ mintUrls }: EcashWallet, mints: readonly string[]): string | null {
  return mints.map((url) => url.replace(/\/+$/, '')).find((url) => mintUrls.includes(url)) ?? null;
}

function noCommonMint() {
  return failure('untrusted-mint', 'The payee takes ecash of no mint that is trusted here.');
}

/** What the payee was given beyond the price, for redeeming it. */
function onTop(proofs: readonly EcashProof[], amountMsat: Msat): Msat {
  const givenMsat = proofs.reduce((sum, { amount }) => sum + amount, 0n) * 1000n;
  return msat(givenMsat > amountMsat ? givenMsat - amountMsat : 0n);
}

/** Whatever the nutzap is worth is taken; whether it is enough is for the books to know. */
function redeem(
  { wallet, signer, now }: EcashParts,
  event: NostrEvent,
  call: { readonly signal?: AbortSignal } | undefined,
): Promise<Outcome<{ readonly amountMsat: Msat }>> {
  const info: NutzapInfo = {
    recipientPubkey: signer.pubkey,
    mints: wallet.mintUrls.map((url) => ({ url, units: ['sat'] })),
    relays: [],
    lockPubkey: wallet.lockPubkey,
    createdAt: now(),
  };
  return redeemNutzap(wallet, event, { info, minAmountMsat: msat(0n) }, call);
}
