/**
 * Withdraws to an invoice as a process that can be killed: `withdraw-process.ts <dir> <relay url> <invoice>`, its
 * wallet in `NWC_URL`, and tells how it ended.
 */
import { openAccount, withdraw } from '../../src/account/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { checkpoint, say } from '../crash/checkpoints.ts';

const [dir = '', relayUrl = '', to = ''] = process.argv.slice(2);
const walletUri = process.env['NWC_URL'];
const account = orThrow(await openAccount({ dir, relayUrls: [relayUrl], walletUri, checkpoint }));
const { ledger, wallet, signer, fetchInput: fetch, now } = account;
if (wallet === null) throw new Error('There is no wallet.');
const { signal } = new AbortController();
const parts = { dir, ledger, wallet, pubkey: signer.pubkey, fetch, now, signal };
const ended = await withdraw(parts, { to, amountMsat: null, purpose: 'withdrawal', caps: {} });
say({ t: 'ended', code: ended.ok ? 'ok' : ended.failure.code });
await account.close();
