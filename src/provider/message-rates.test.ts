import { afterEach, describe, expect, it } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import { buildJobRequest, type NostrEvent } from '../protocol/index.ts';
import { createMessageRates } from './message-rates.ts';

const NOW = 1_700_000_040;
const [signer, customer] = [secretKeySigner(generateSecretKey()), secretKeySigner(generateSecretKey())];

let ledger: Ledger;
let now = NOW;

afterEach(() => ledger.close());

async function openRates() {
  now = NOW;
  ledger = openSqlLedger({ path: ':memory:', now: () => now });
  const inputs = [{ data: 'a red fox', type: 'text', relay: null, marker: null }];
  const wish = { kind: 5050, inputs, params: new Map(), outputs: [], relays: [], createdAt: NOW };
  const request = await customer.sign(buildJobRequest(wish));
  await ledger.sales.open({ providerPubkey: signer.pubkey, serviceId: 'shout', request });
  return createMessageRates({ ledger, signer, now: () => now });
}

function wrap(pubkey: string, created_at = NOW): NostrEvent {
  return { id: '', pubkey, kind: 1059, created_at, tags: [], content: '', sig: '' };
}

describe('private messages', () => {
  it('of strangers have a share of each minute, those of customers are decrypted all the same', async () => {
    const rates = await openRates();
    for (let said = 0; said < 600; said += 1) expect(await rates.mayDecrypt(`key ${said}`, 'new')).toBe(true);
    expect(await rates.mayDecrypt('one more', 'new')).toBe(false);
    expect(await rates.mayDecrypt(customer.pubkey, 'new')).toBe(true);
    now += 60;
    expect(await rates.mayDecrypt('one more', 'new')).toBe(true);
  });

  it('that were dropped are decrypted for customers only, those that stood there for anybody', async () => {
    const rates = await openRates();
    expect(await rates.mayDecrypt('stranger', 'missed')).toBe(false);
    expect(await rates.mayDecrypt(customer.pubkey, 'missed')).toBe(true);
    expect(await rates.mayDecrypt('stranger', 'stored')).toBe(true);
  });

  it('of one author have a share of each minute as they come, not when they are read again', async () => {
    const rates = await openRates();
    for (let said = 0; said < 600; said += 1) expect(rates.mayTake('loud', 'new')).toBe(true);
    expect(rates.mayTake('loud', 'new')).toBe(false);
    expect(rates.mayTake('loud', 'stored')).toBe(true);
    expect(rates.mayTake('quiet', 'new')).toBe(true);
  });

  it('in wraps of one key have a share, and wraps of the future none', async () => {
    const rates = await openRates();
    for (let sent = 0; sent < 60; sent += 1) expect(rates.mayQueue(wrap('kept'))).toBe(true);
    expect(rates.mayQueue(wrap('kept'))).toBe(false);
    expect(rates.mayQueue(wrap('other'))).toBe(true);
    expect(rates.mayQueue(wrap('early', NOW + 1000))).toBe(false);
    expect(rates.mayQueue(wrap('backdated', NOW - 172_800))).toBe(true);
  });
});
