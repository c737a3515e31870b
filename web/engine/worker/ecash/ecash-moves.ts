import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { AccountEcash } from '../../../../src/account/browser.ts';
import { feeLimitOf, type Wallet } from '../../../../src/money/index.ts';
import { failure, msat, success, ZERO_MSAT, type Outcome } from '../../../../src/protocol/index.ts';
import type { EcashCalls } from '../../ecash-contract.ts';
import { topUpKey } from './funding.ts';
import { tokenKey } from './ecash-view.ts';

/** The calls that move ecash, once there is a wallet for it. */
export type EcashMoves = {
  readonly [Name in Exclude<keyof EcashCalls, 'ecash.add-mint' | 'ecash.remove-mint'>]: (
    input: EcashCalls[Name]['input'],
  ) => Promise<EcashCalls[Name]['output']>;
};

/** A token is worth a sat at least. */
const LEAST_MSAT = msat(1000n);
const INVOICE_SECONDS = 600;

/** Makes the calls; `onMoved` is told after each, whatever came of it. */
export function ecashCalls(parts: {
  readonly ecash: () => AccountEcash;
  readonly connected: () => Wallet | null;
  readonly signal: AbortSignal;
  readonly onMoved: () => Promise<void>;
}): EcashMoves {
  const { ecash, connected, signal } = parts;
  const moved = async <Value>(move: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
    try {
      return await move();
    } finally {
      await parts.onMoved();
    }
  };
  return {
    'ecash.top-up': ({ mintUrl, amountMsat, payBy, idempotencyKey }) =>
      moved(async () => {
        const key = topUpKey(payBy, idempotencyKey);
        const wish = { key, mintUrl, amountMsat, feeLimitMsat: feeLimitOf(amountMsat) };
        const minted = await ecash().mint(wish, { signal });
        if (minted.ok) return success(undefined);
        if (minted.failure.data?.['reason'] === 'over-budget') return OVER_BUDGET;
        const begun = payBy === 'phone' ? await ecash().movement({ kind: 'mint', key }) : null;
        return begun?.state === 'open' ? success(undefined) : minted; // the invoice is shown now
      }),
    'ecash.receive': ({ token }) =>
      moved(() => {
        const text = token.trim();
        const key = `token ${bytesToHex(sha256(utf8ToBytes(text)))}`;
        const wish = { key, ecash: text, lock: { kind: 'none' }, minAmountMsat: LEAST_MSAT } as const;
        return ecash().redeem(wish, { signal });
      }),
    'ecash.take-out': ({ to, idempotencyKey, ...wish }) =>
      moved(async () => {
        if (to === 'wallet') return melt(`out ${idempotencyKey}`, wish);
        const { mintUrl, amountMsat } = wish;
        const sent = await ecash().send(
          { key: tokenKey(idempotencyKey), mintUrl, amountMsat, lock: 'none' },
          { signal },
        );
        return sent.ok ? success({ feePaidMsat: ZERO_MSAT }) : sent;
      }),
    'ecash.take-back': ({ key }) => moved(() => ecash().refund({ key }, { signal })),
  };

  /** Pays an invoice of the connected wallet; one that was begun is the same payment again. */
  async function melt(
    key: string,
    {
      mintUrl,
      amountMsat,
      feeLimitMsat,
    }: Pick<EcashCalls['ecash.take-out']['input'], 'mintUrl' | 'amountMsat' | 'feeLimitMsat'>,
  ): Promise<EcashCalls['ecash.take-out']['output']> {
    const known = await ecash().movement({ kind: 'melt', key });
    let bolt11 = '';
    if (known === null || known.state === 'failed') {
      const wallet = connected();
      if (wallet === null)
        return failure('no-wallet', 'Connect a wallet first: it makes the invoice that the mint pays.');
      const description = 'Taken out of ecash';
      const made = await wallet.makeInvoice(
        { amountMsat, description, expirySeconds: INVOICE_SECONDS },
        { signal },
      );
      if (!made.ok) return made;
      bolt11 = made.value.bolt11 ?? '';
    }
    const melted = await ecash().melt({ key, mintUrl, bolt11, feeLimitMsat }, { signal });
    return melted.ok ? success({ feePaidMsat: melted.value.feePaidMsat }) : melted;
  }
}

const OVER_BUDGET = failure(
  'over-budget',
  'The budget has no room for it: nothing was paid. Set the budget anew above, or put in less.',
);
