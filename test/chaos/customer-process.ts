/**
 * A customer that buys what it is told: `customer-process.ts <dir> <relay url>`; the rest is secret and in the
 * environment. It goes on with what an earlier life left, and says which purchase each job has become.
 */
import { createCustomer } from '../../src/customer/index.ts';
import { BALANCE_PURPOSES, type OutgoingPayment, type Purchase } from '../../src/ledger/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import { endOn, say } from '../crash/checkpoints.ts';
import { openPartAccount } from './own-account.ts';
import { KINDS, PRICE_SATS, TOP_UP_SATS, type Report, type Reported, type ToldJob } from './sold.ts';

type Told =
  | { readonly t: 'buy'; readonly provider: string; readonly job: ToldJob }
  | { readonly t: 'cancel' | 'resend'; readonly key: string }
  | (Report & { readonly number: number });

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = await openPartAccount(dir, relayUrl, process.env);
const customer = createCustomer({
  ...account,
  caps: { perJobMsat: satsToMsat(20) },
  onTrouble: ({ code }) => say({ t: 'trouble', code }),
});
await customer.resume();

let prepaying: Promise<void> = Promise.resolve();

/** Prepays, one payment after another; that also brings to its end what an earlier life left open. */
function prepay(provider: string): Promise<void> {
  prepaying = prepaying.then(async () => {
    const prepaid = (await customer.balances.list()).find(
      ({ providerPubkey }) => providerPubkey === provider,
    );
    if ((prepaid?.leftMsat ?? 0n) >= satsToMsat(PRICE_SATS)) return;
    const topped = await customer.balances.topUp({
      providerPubkey: provider,
      amountMsat: satsToMsat(TOP_UP_SATS),
    });
    if (!topped.ok) say({ t: 'trouble', code: topped.failure.code });
  });
  return prepaying;
}

/** The same job has the same key, so that however often it is told, it is bought once. */
async function buy(provider: string, { key, text, mode, deadlineSeconds }: ToldJob): Promise<void> {
  if (mode === 'balance') await prepay(provider);
  const bought = await customer.buy({
    kind: mode === 'free' ? KINDS.free : KINDS.paid,
    inputs: [text],
    maxAmountMsat: satsToMsat(10),
    deadlineSeconds,
    exchanges: [mode],
    targets: [provider],
    idempotencyKey: key,
  });
  if (bought.ok) say({ t: 'bought', key, requestId: bought.value.requestId });
  else say({ t: 'trouble', code: bought.failure.code });
}

async function askFor(what: 'cancel' | 'resend', key: string): Promise<void> {
  const purchase = await customer.byIdempotencyKey(key);
  if (purchase === null) return;
  const answer = await (what === 'cancel'
    ? customer.cancel(purchase.requestId)
    : customer.resend(purchase.requestId));
  say({ t: what, code: answer.ok ? 'done' : answer.failure.code });
}

/** Purchases in which something may still happen, and payments that have no end yet. */
async function report(): Promise<Reported> {
  const purchases = await account.ledger.purchases.listOpen(customer.pubkey);
  const isLocked = ({ state, offer }: Purchase) => state === 'locked' && offer?.exchange === 'ecash-htlc';
  const locked = new Set(purchases.filter(isLocked).map(({ requestId }) => requestId));
  const isForsaken = ({ state }: Purchase) =>
    process.env['PAYS_ONLY'] !== undefined && state === 'undelivered';
  const forsaken = new Set(purchases.filter(isForsaken).map(({ requestId }) => requestId));
  const payments = await account.ledger.spending.listRecent({ spenderPubkey: customer.pubkey, limit: 1000 });
  const isUnended = ({ state, requestId }: OutgoingPayment) =>
    (state === 'reserved' || state === 'in-flight') && !locked.has(requestId ?? '');
  for (const { purpose, counterparty } of payments.filter(isUnended))
    if (purpose === BALANCE_PURPOSES.topUp) void prepay(counterparty);
  return {
    open: [
      ...purchases
        .filter(({ requestId }) => !locked.has(requestId) && !forsaken.has(requestId))
        .map(({ requestId, state, offer }) => `${requestId.slice(0, 8)} ${offer?.exchange} ${state}`),
      ...payments
        .filter(isUnended)
        .map(({ requestId, state }) => `${requestId?.slice(0, 8)} payment ${state}`),
    ],
    locked: [...locked],
    forsaken: [...forsaken],
    money: {},
  };
}

process.on('message', (told: Told) => {
  if (told.t === 'buy') void buy(told.provider, told.job);
  else if (told.t === 'report')
    void report().then((reported) => say({ t: 'answer', number: told.number, ...reported }));
  else void askFor(told.t, told.key);
});
endOn(async () => {
  await customer.close();
  await account.close();
});
say({ t: 'ready', pubkey: customer.pubkey });
