/**
 * A customer as a process that can be killed: `customer-process.ts <dir> <relay url>`, its wallet in `NWC_URL`.
 * Goes on with what an earlier life left, buys what the parent sends (provider and text), once each, and tells
 * how each ended.
 */
import { createCustomer, SUPPORTED_EXCHANGES, type PurchaseHandle } from '../../src/customer/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { checkpoint, endOn, hearCrashAt, say } from './checkpoints.ts';
import { openOwnAccount } from './own-account.ts';

/** Purchases whose end was told. */
const told = new Set<string>();
const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = await openOwnAccount(dir, relayUrl, checkpoint);
const customer = createCustomer({
  ...account,
  caps: { perJobMsat: satsToMsat(20) },
  onTrouble: (trouble) => say({ t: 'trouble', ...trouble }),
  onChange: ({ requestId, preimage, state }) => {
    // settled, or given back, after it was handed over
    if (told.has(requestId) && (preimage !== null || state === 'refunded')) void tell(requestId);
  },
  checkpoint,
});
endOn(async () => {
  await customer.close();
  await account.close();
});

const followed = new Set<string>();
for (const handle of await customer.resume()) follow(handle);
hearCrashAt();
process.on('message', (message) => {
  if (typeof message !== 'string') return;
  const [provider = '', ...words] = message.split(' ');
  void buyOnce(provider, words.join(' '));
});
say({ t: 'ready', pubkey: customer.pubkey });

/** A wish that an earlier life has booked is not bought again. */
async function buyOnce(provider: string, text: string): Promise<void> {
  const booked = (await customer.list({ limit: 1000 })).find(({ request }) => textOf(request.tags) === text);
  if (booked) {
    if (!followed.has(booked.requestId)) await tell(booked.requestId);
    return;
  }
  follow(
    orThrow(
      await customer.buy({
        kind: 5050,
        inputs: [text],
        maxAmountMsat: satsToMsat(10),
        deadlineSeconds: 100,
        exchanges: SUPPORTED_EXCHANGES.filter((mode) => mode === process.env['COINOP_EXCHANGE']),
        targets: [provider],
      }),
    ),
  );
}

function follow(handle: PurchaseHandle): void {
  followed.add(handle.requestId);
  void handle.result().then(() => tell(handle.requestId));
}

async function tell(requestId: string): Promise<void> {
  const purchase = await customer.get(requestId);
  const payments = await account.ledger.purchases.payments(requestId);
  told.add(requestId);
  if (purchase)
    say({
      t: 'ended',
      requestId,
      text: textOf(purchase.request.tags),
      state: purchase.state,
      paid: payments.some(({ state }) => state === 'settled'),
    });
}

function textOf(tags: readonly (readonly string[])[]): string | undefined {
  return tags.find(([name]) => name === 'i')?.[1];
}
