import { openAccount } from 'coinop/account';
import { createCustomer } from 'coinop/customer';
import { orThrow, satsToMsat } from 'coinop/protocol';

const relayUrls = [process.env['RELAY'] ?? 'ws://127.0.0.1:7777'];
const account = orThrow(await openAccount({ dir: './buyer', relayUrls, walletUri: process.env['NWC_URL'] }));
const customer = createCustomer({ ...account, caps: { perJobMsat: satsToMsat(50) } });
const wish = { kind: 5050, inputs: ['hello'], maxAmountMsat: satsToMsat(10) };
const purchase = orThrow(await customer.buy(wish));
console.log(orThrow(await purchase.result()).content);
await customer.close().then(() => account.close());
