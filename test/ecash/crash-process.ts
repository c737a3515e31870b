/**
 * The process that is killed: `crash-process.ts <dir> <mint url> <invoice>`, its Lightning wallet in
 * `NWC_URL`. Dies at the n-th checkpoint that it passes where `COINOP_CRASH_PASS` says n.
 */
import { join } from 'node:path';
import { openSqlEcashStore } from '../../src/ecash/sql.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { say } from '../crash/checkpoints.ts';
import { runScript } from './crash-script.ts';
import { openTestWallet, unixNow } from './stage.ts';

const [dir = '', mintUrl = '', bolt11 = ''] = process.argv.slice(2);
const deadly = Number(process.env['COINOP_CRASH_PASS'] ?? '0');
let passes = 0;
function checkpoint(name: string): void {
  passes += 1;
  say({ t: 'checkpoint', name });
  if (passes === deadly) process.kill(process.pid, 'SIGKILL');
}

const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
const { signal } = new AbortController();
const uri = process.env['NWC_URL'] ?? '';
const lightning = orThrow(openNwcWallet({ uri, relays, now: unixNow, signal }));
const shared = { mintUrls: [mintUrl], checkpoint };
const secretsOf = (byte: number) => ({
  seed: new Uint8Array(64).fill(byte),
  lockSecretKey: new Uint8Array(32).fill(byte),
});
// Fresh books need a fresh seed: the mint signs every blinded message only once.
const salt = Number(process.env['COINOP_CRASH_LIFE'] ?? '1');
const customerBooks = openSqlEcashStore({ path: join(dir, 'customer.sqlite') });
const customerParts = { ...shared, ...secretsOf(salt), lightning, store: customerBooks };
const customer = openTestWallet(customerParts);
const early = openTestWallet({ ...customerParts, now: () => unixNow() - 100_000 });
const providerBooks = openSqlEcashStore({ path: join(dir, 'provider.sqlite') });
const provider = openTestWallet({ ...shared, ...secretsOf(salt + 100), store: providerBooks });

const resumed = [await customer.resume(), await provider.resume()];
const end = await runScript({ customer, early, provider }, bolt11);
const left = [await customer.resume(), await provider.resume()];
say({ t: 'end', ...end, resumed, open: left.flatMap(({ open }) => open) });
process.exit(0);
