import type { Ledger } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import { failure, isHex32, parseInvoice } from '../../../../src/protocol/index.ts';
import { keptPurchases, type Vault } from '../vault.ts';

/** Payments that were on their way when the books, or another wallet, came here: only the wallet that sent them knows their end. */
export type PaidElsewhere = ReadonlySet<string>;

interface Owner {
  readonly vault: Vault;
  readonly ownerPubkey: string;
}

/** Notes every payment that these books, which have just come in, do not know the end of. */
export async function notePaidElsewhere({
  vault,
  ledger,
  ownerPubkey,
}: Owner & { readonly ledger: Pick<Ledger, 'purchases'> }): Promise<void> {
  const open = await ledger.purchases.listOpen(ownerPubkey);
  const hashes = await Promise.all(
    open.map(async ({ offer }) => {
      const payment = offer?.paymentHash == null ? null : await ledger.purchases.payment(offer.paymentHash);
      return payment?.state === 'reserved' || payment?.state === 'in-flight' ? [payment.paymentHash] : [];
    }),
  );
  await vault.write(keptPurchases(ownerPubkey).paidElsewhere, hashes.flat());
}

/** Reads them; empty where the books never came from another browser. */
export async function readPaidElsewhere({ vault, ownerPubkey }: Owner): Promise<PaidElsewhere> {
  const kept = await vault.read<readonly string[]>(keptPurchases(ownerPubkey).paidElsewhere);
  return new Set((kept ?? []).filter(isHex32));
}

/**
 * A wallet that makes none of those payments again. That it never saw one says nothing, for another wallet may have made it;
 * what it did see counts, as where the same wallet is connected here.
 */
export function withoutRepeating(wallet: Wallet, paidElsewhere: PaidElsewhere): Wallet {
  if (paidElsewhere.size === 0) return wallet;
  return {
    ...wallet,
    async pay(payment, call) {
      const invoice = parseInvoice(payment.bolt11);
      const isTheirs = invoice.ok && paidElsewhere.has(invoice.value.paymentHash);
      return isTheirs ? UNSEEN : wallet.pay(payment, call);
    },
    async lookup(payment, call) {
      const seen = await wallet.lookup(payment, call);
      return seen.ok && seen.value === null && paidElsewhere.has(payment.paymentHash) ? UNSEEN : seen;
    },
  };
}

const UNSEEN = failure(
  'wallet-unreachable',
  'This payment was begun by another wallet, here or in another browser: only that one knows its end, so no other makes it again.',
);
