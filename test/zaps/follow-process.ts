/**
 * The follower of zaps as a process that can be killed: `follow-process.ts <records> <secret key>`, its
 * wallet in `NWC_URL`. Dies where `COINOP_CRASH_AT` says: around each step that it takes for a zap.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { unixNow } from '../../src/clock/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { followZaps, type ZapRecords } from '../../src/zaps/index.ts';
import { openSqlZapRecords } from '../../src/zaps/sql.ts';
import { checkpoint, endOn, say } from '../crash/checkpoints.ts';

const [path = '', secretKey = ''] = process.argv.slice(2);
const signer = fastSecretKeySigner(hexToBytes(secretKey));
const pool = createRelayPool({ verifier: createInlineVerifier(), signer, WebSocket: NodeWebSocket });
const uri = process.env['NWC_URL'] ?? '';
const wallet = orThrow(openNwcWallet({ uri, relays: pool, now: unixNow, signerOf: fastSecretKeySigner }));
const kept = openSqlZapRecords({ path });
const stopping = new AbortController();

const records: ZapRecords = {
  ...kept,
  async change(paymentHash, seen, change) {
    checkpoint(`${change.state}:before`);
    const done = await kept.change(paymentHash, seen, change);
    checkpoint(`${change.state}:after`);
    return done;
  },
};
const relays: RelayPool = {
  ...pool,
  async publish(...sent) {
    checkpoint('publish:before');
    const receipts = await pool.publish(...sent);
    checkpoint('publish:after');
    return receipts;
  },
};
const following = followZaps({
  records,
  wallet,
  signer,
  relays,
  onTrouble: (error) => say({ t: 'trouble', message: String(error) }),
  lookEveryMs: 500,
  now: unixNow,
  signal: stopping.signal,
});
endOn(async () => {
  stopping.abort();
  await following;
  await kept.close();
  await wallet.close();
  await pool.close();
});
say({ t: 'ready' });
