/**
 * A customer as a process that can be killed: `orders-process.ts <ledger> <relay url>`, its key in `CUSTOMER_KEY`.
 * Places one order, the same in every life, and says when it is closed.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { pause, unixNow } from '../../src/clock/index.ts';
import { createCustomer } from '../../src/customer/index.ts';
import { secretKeySigner } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { orThrow, ZERO_MSAT } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { checkpoint, endOn, say } from './checkpoints.ts';

const closing = new AbortController();
const [path = '', relayUrl = ''] = process.argv.slice(2);
const ledger = openSqlLedger({ path, now: unixNow, checkpoint });
const relays = createRelayPool({ verifier: createInlineVerifier() });
const customer = createCustomer({
  signer: secretKeySigner(hexToBytes(process.env['CUSTOMER_KEY'] ?? '')),
  ledger,
  wallet: null,
  relays,
  relayUrls: [relayUrl],
  caps: { perJobMsat: ZERO_MSAT },
  now: unixNow,
  onTrouble: (trouble) => say({ t: 'trouble', ...trouble }),
  checkpoint,
});
endOn(async () => {
  closing.abort();
  await customer.close();
  await relays.close();
  await ledger.close();
});
await customer.resume();
const order = orThrow(
  await customer.order({
    wish: { kind: 5050, inputs: ['a fox'], maxAmountMsat: ZERO_MSAT },
    maxTotalMsat: ZERO_MSAT,
    redundancy: { ask: 2, agree: 2 },
    idempotencyKey: 'fox',
  }),
);
orThrow(await order.result());
while ((await ledger.orders.get(order.orderId))?.state !== 'closed') await pause(20, closing.signal);
say({ t: 'ready' });
