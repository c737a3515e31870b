import { bytesToHex } from '@noble/hashes/utils.js';
import { schnorr } from '@noble/curves/secp256k1.js';
import type { GuardedFetch } from '../http/index.ts';
import type { WalletCall } from '../money/index.ts';
import { failure, satsToMsat, success, type Failure, type LightningNetwork } from '../protocol/index.ts';
import { wholeSats } from './amounts.ts';
import { auditMint, dropSpent } from './audit.ts';
import { operationId } from './begin.ts';
import {
  bareMintUrl,
  trustedMint,
  type EcashCheckpoint,
  type EcashContext,
  type EcashFailureCode,
  type EcashOutcome,
  type FundingWallet,
  type TrustedMintAccess,
} from './context.ts';
import type { EcashWallet } from './ecash-wallet.ts';
import { checkIncoming, dleqJudge, mintUrlOf } from './incoming.ts';
import { Keyring } from './keyring.ts';
import { beginMelt } from './melt-operation.ts';
import { MintClient } from './mint-client.ts';
import { beginMint, canBuy } from './mint-operation.ts';
import { findMovement, holdingsOf, movementsOf } from './movements.ts';
import { beginRedeem, beginRefund } from './redeem.ts';
import { restoreFromSeed } from './restore.ts';
import { resumeOperation, runOperation } from './run-operation.ts';
import { beginSend, canLock } from './send.ts';
import { sentProofs, standingOfSent, writeToken } from './sent.ts';
import { sumOf } from './settle.ts';
import type { EcashOperation, EcashStore } from './store.ts';
import { turns } from './turns.ts';

/** What an ecash wallet is opened with. */
export interface EcashWalletOptions {
  /** Stays the caller's, who closes it. */
  readonly store: EcashStore;
  /** 16 to 64 bytes from which all own ecash follows (NUT-13). A secret; two wallets must not share it. */
  readonly seed: Uint8Array;
  /** Opens what others lock to this wallet; not the Nostr key. A secret. */
  readonly lockSecretKey: Uint8Array;
  /** Addresses of the mints to trust; what a mint holds is lost when it turns bad. */
  readonly mintUrls: readonly string[];
  /** Of the mints' invoices. */
  readonly network: LightningNetwork;
  readonly fetch: GuardedFetch;
  /** Pays for ecash; without it nothing can be minted. */
  readonly lightning?: FundingWallet;
  /** Unix seconds. */
  readonly now: () => number;
  readonly checkpoint?: EcashCheckpoint;
}

/** Opens an ecash wallet over its books. Nothing runs by itself: call `resume` after a start. */
export function openEcashWallet(options: EcashWalletOptions): EcashWallet {
  const context = contextOf(options);
  const { store } = context;

  const run = (
    mint: TrustedMintAccess,
    id: string,
    start: () => Promise<EcashOutcome<EcashOperation>>,
    signal: AbortSignal,
  ) => context.inTurn(id, () => runOperation(context, { mint, id, start, signal }));

  return {
    lockPubkey: context.lockPubkey,
    mintUrls: [...context.mints.keys()],

    async balances() {
      const free = await store.proofs({ role: 'purse', state: 'free' });
      return [...context.mints.keys()].map((mintUrl) => ({
        mintUrl,
        amountMsat: satsToMsat(sumOf(free.filter((proof) => proof.mintUrl === mintUrl))),
      }));
    },

    canBuy: (key) => canBuy(context, key),

    async mint({ key, mintUrl, amountMsat, feeLimitMsat }, call) {
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const amount = wholeSats(amountMsat);
      if (!amount.ok) return amount;
      const signal = signalOf(call);
      const wish = { id: operationId('mint', key), key, amountSat: amount.value, feeLimitMsat };
      const ended = await run(
        mint.value,
        wish.id,
        () => beginMint(context, mint.value, wish, signal),
        signal,
      );
      return ended.ok ? success(amountOf(ended.value)) : ended;
    },

    async melt({ key, mintUrl, bolt11, feeLimitMsat }, call) {
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const signal = signalOf(call);
      const wish = { id: operationId('melt', key), bolt11, feeLimitMsat };
      const ended = await run(
        mint.value,
        wish.id,
        () => beginMelt(context, mint.value, wish, signal),
        signal,
      );
      if (!ended.ok) return ended;
      const { preimage, feeSat } = ended.value;
      return success({ preimage: preimage ?? '', feePaidMsat: satsToMsat(feeSat ?? 0n) });
    },

    async send({ key, mintUrl, amountMsat, lock }, call) {
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const amount = wholeSats(amountMsat);
      if (!amount.ok) return amount;
      const signal = signalOf(call);
      const wish = { id: operationId('send', key), amountSat: amount.value, lock };
      const start = async () => {
        const lockable = await canLock(mint.value, lock, context.now(), signal);
        return lockable.ok ? beginSend(context, mint.value, wish, signal) : lockable;
      };
      const ended = await run(mint.value, wish.id, start, signal);
      if (!ended.ok) return ended;
      const proofs = await sentProofs(context, wish.id);
      const token = writeToken(ended.value.mintUrl, proofs);
      return success({ mintUrl: ended.value.mintUrl, token, proofs, ...amountOf(ended.value) });
    },

    async lookupSent({ key }, call) {
      const send = await sendOf(context, key);
      if (!send.ok) return send;
      const proofs = await sentProofs(context, send.value.operation.id);
      return standingOfSent(send.value.mint, proofs, signalOf(call));
    },

    async refund({ key }, call) {
      const send = await sendOf(context, key);
      if (!send.ok) return send;
      const { mint, operation } = send.value;
      const signal = signalOf(call);
      const wish = { id: operationId('refund', key), send: operation };
      const ended = await run(mint, wish.id, () => beginRefund(context, mint, wish, signal), signal);
      return ended.ok ? success(amountOf(ended.value)) : ended;
    },

    check: (handed, expected, call) => checkIncoming(context, handed, expected, signalOf(call)),

    dleqJudge: (pieces, call) => dleqJudge(context, pieces, signalOf(call)),

    async redeem({ key, ecash, lock, minAmountMsat, preimage = null, about = null }, call) {
      const signal = signalOf(call);
      const id = operationId('redeem', key);
      const known = await store.operation(id);
      const mintUrl = known === null || known.state === 'failed' ? mintUrlOf(ecash) : known.mintUrl;
      if (mintUrl === null) return failure('malformed-token', 'This is not a Cashu token of one mint.');
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const start = async () => {
        const expected = { lock, minAmountMsat, mayBeRetired: lock.kind === 'htlc' };
        const checked = await checkIncoming(context, ecash, expected, signal);
        if (!checked.ok) return checked;
        return beginRedeem(context, mint.value, { id, ecash: checked.value, preimage, about }, signal);
      };
      const ended = await run(mint.value, id, start, signal);
      return ended.ok ? success(amountOf(ended.value)) : ended;
    },

    async resume(call) {
      const open: { operationId: string; reason: Failure<EcashFailureCode> }[] = [];
      const operations = await store.openOperations();
      for (const { id } of operations) {
        const reason = await context.inTurn(id, () => resumeOperation(context, id, signalOf(call)));
        if (reason !== null) open.push({ operationId: id, reason });
      }
      return { endedCount: operations.length - open.length, open };
    },

    movements: (only) => movementsOf(store, only),
    movement: (of) => findMovement(store, of),
    holdings: () => holdingsOf(store),

    async audit({ mintUrl }, call) {
      const mint = trustedMint(context, mintUrl);
      return mint.ok ? auditMint(context, mint.value, signalOf(call)) : mint;
    },

    async dropSpent({ mintUrl }, call) {
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const dropped = await dropSpent(context, mint.value, signalOf(call));
      return dropped.ok ? success({ amountMsat: satsToMsat(dropped.value) }) : dropped;
    },

    async restore({ mintUrl }, call) {
      const mint = trustedMint(context, mintUrl);
      if (!mint.ok) return mint;
      const found = await restoreFromSeed(context, mint.value, signalOf(call));
      return found.ok ? success({ amountMsat: satsToMsat(found.value) }) : found;
    },
  };
}

function contextOf(options: EcashWalletOptions): EcashContext {
  const mints = options.mintUrls.map(bareMintUrl).map((url): [string, TrustedMintAccess] => {
    const client = new MintClient(url, options.fetch);
    return [url, { client, keyring: new Keyring(client) }];
  });
  return {
    store: options.store,
    seed: options.seed,
    lockSecretKey: options.lockSecretKey,
    lockPubkey: bytesToHex(schnorr.getPublicKey(options.lockSecretKey)),
    lightning: options.lightning ?? null,
    network: options.network,
    mints: new Map(mints),
    now: options.now,
    checkpoint: options.checkpoint ?? (() => undefined),
    inTurn: turns(),
  };
}

function amountOf({ amountSat }: EcashOperation) {
  return { amountMsat: satsToMsat(amountSat) };
}

/** The finished send of a key, and its mint. */
async function sendOf(
  context: EcashContext,
  key: string,
): Promise<EcashOutcome<{ operation: EcashOperation; mint: TrustedMintAccess }>> {
  const operation = await context.store.operation(operationId('send', key));
  if (operation === null || operation.state !== 'done')
    return failure('unknown-send', 'Nothing was sent under this key.');
  const mint = trustedMint(context, operation.mintUrl);
  return mint.ok ? success({ operation, mint: mint.value }) : mint;
}

function signalOf(call: WalletCall | undefined): AbortSignal {
  return call?.signal ?? new AbortController().signal;
}
