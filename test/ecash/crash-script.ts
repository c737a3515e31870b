import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { EcashWallet } from '../../src/ecash/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { balanceSat, sats, unixNow } from './stage.ts';

const PREIMAGE = '5a'.repeat(32);

/** The wallets of the script; `early` is the customer's, whose clock is behind. */
export interface ScriptWallets {
  readonly customer: EcashWallet;
  readonly early: EcashWallet;
  readonly provider: EcashWallet;
}

/** What both have at the end, in sats. */
export interface ScriptEnd {
  readonly customerSat: number;
  readonly providerSat: number;
}

/**
 * Every kind of operation once, each under its key: a run that goes on where another died does what is missing and
 * ends the same.
 */
export async function runScript(wallets: ScriptWallets, bolt11: string): Promise<ScriptEnd> {
  const { customer, early, provider } = wallets;
  const [mintUrl = ''] = customer.mintUrls;
  orThrow(await customer.mint({ key: 'm', mintUrl, amountMsat: sats(200), feeLimitMsat: sats(10) }));

  const toKey = { kind: 'p2pk', pubkey: provider.lockPubkey } as const;
  const paid = orThrow(await customer.send({ key: 'p', mintUrl, amountMsat: sats(30), lock: toKey }));
  orThrow(
    await provider.redeem({ key: 'p', ecash: paid.token, lock: { kind: 'p2pk' }, minAmountMsat: sats(30) }),
  );

  const paymentHash = bytesToHex(sha256(hexToBytes(PREIMAGE)));
  const hashLock = {
    kind: 'htlc',
    paymentHash,
    ...keysOf(wallets),
    refundAfter: unixNow() + 10_000,
  } as const;
  const held = orThrow(await customer.send({ key: 'h', mintUrl, amountMsat: sats(25), lock: hashLock }));
  orThrow(
    await provider.redeem({
      key: 'h',
      ecash: held.token,
      lock: { kind: 'htlc', paymentHash, refundNotBefore: unixNow() },
      minAmountMsat: sats(25),
      preimage: PREIMAGE,
    }),
  );

  const expired = { ...hashLock, refundAfter: unixNow() - 1000 };
  orThrow(await early.send({ key: 'r', mintUrl, amountMsat: sats(20), lock: expired }));
  orThrow(await customer.refund({ key: 'r' }));
  orThrow(await customer.melt({ key: 'w', mintUrl, bolt11, feeLimitMsat: sats(10) }));
  return { customerSat: await balanceSat(customer), providerSat: await balanceSat(provider) };
}

function keysOf({ customer, provider }: ScriptWallets) {
  return { pubkey: provider.lockPubkey, refundPubkey: customer.lockPubkey };
}
