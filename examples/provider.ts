import { openAccount } from 'coinop/account';
import { orThrow } from 'coinop/protocol';
import { service, startProvider } from 'coinop/provider';

const relayUrls = [process.env['RELAY'] ?? 'ws://127.0.0.1:7777'];
const account = orThrow(await openAccount({ dir: './seller', relayUrls, walletUri: process.env['NWC_URL'] }));
const shout = service({ kind: 5050, priceSats: 5, handler: async (job) => job.text.toUpperCase() });
const provider = orThrow(await startProvider({ ...account, services: [shout] }));
console.log(`selling as ${provider.pubkey}`);
