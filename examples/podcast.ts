import { openAccount } from 'coinop/account';
import { buyChain, createCustomer } from 'coinop/customer';
import { orThrow, satsToMsat } from 'coinop/protocol';

// A podcast becomes a transcript, and that a summary: two jobs, of which the second works on the result of the first.
const [url = '', length = '100 words'] = process.argv.slice(2);
const relayUrls = [process.env['RELAY'] ?? 'ws://127.0.0.1:7777'];
const account = orThrow(await openAccount({ dir: './buyer', relayUrls, walletUri: process.env['NWC_URL'] }));
const customer = createCustomer({ ...account, caps: { perJobMsat: satsToMsat(60) } });
const terms = { maxAmountMsat: satsToMsat(50), deadlineSeconds: 1800 };
const chain = buyChain(customer, [
  { ...terms, kind: 5000, inputs: [{ data: url, type: 'url' }] },
  { ...terms, kind: 5001, inputs: [], params: { length } },
]);
const [transcript, summary] = orThrow(await chain);
console.log(`${transcript?.content}\n\nIn short: ${summary?.content}`);
await customer.close().then(() => account.close());
