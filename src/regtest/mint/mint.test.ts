import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Amount, hashToCurve, OutputData, signP2PKProofs, type Proof } from '@cashu/cashu-ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import { schnorr } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { orThrow, satsToMsat, success } from '../../protocol/index.ts';
import { openBank, openMint, type Bank, type Mint } from '../index.ts';

/** An answer of the mint, as it comes. */
interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe('the play-money mint', () => {
  let dir: string;
  let bank: Bank;
  let mint: Mint;
  const openAgain = async () => {
    mint = await openMint({ dir, wallet: bank.wallet('mint') });
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coinop-mint-'));
    bank = await openBank({ dir, roles: ['customer', 'mint'], channelSats: 1_000_000 });
    await openAgain();
  });
  afterAll(async () => {
    await mint.close();
    await bank.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function ask(path: string, body?: unknown): Promise<Told> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const response = await fetch(`${mint.url}${path}`, body === undefined ? {} : init);
    return { status: response.status, body: (await response.json()) as Told['body'] };
  }

  async function activeKeyset() {
    const { body } = await ask('/v1/keys');
    const [keyset] = body['keysets'] as { id: string; keys: Record<string, string> }[];
    if (keyset === undefined) throw new Error('no keyset');
    return keyset;
  }

  const wire = (outputs: readonly OutputData[]) =>
    outputs.map(({ blindedMessage: { amount, ...rest } }) => ({ ...rest, amount: amount.toNumber() }));
  const spendable = (proofs: readonly Proof[]) =>
    proofs.map(({ amount, ...rest }) => ({ ...rest, amount: amount.toNumber() }));

  /** Pays for ecash and takes it. */
  async function buy(outputs: OutputData[]): Promise<Proof[]> {
    const amount = OutputData.sumOutputAmounts(outputs).toNumber();
    const { body: quote } = await ask('/v1/mint/quote/bolt11', { amount, unit: 'sat' });
    const unpaid = await ask('/v1/mint/bolt11', { quote: quote['quote'], outputs: wire(outputs) });
    expect(unpaid.body['code']).toBe(20001);
    const bolt11 = String(quote['request']);
    orThrow(await bank.wallet('customer').pay({ bolt11, feeLimitMsat: satsToMsat(10) }));
    const { body } = await ask('/v1/mint/bolt11', { quote: quote['quote'], outputs: wire(outputs) });
    const again = await ask('/v1/mint/bolt11', { quote: quote['quote'], outputs: wire(outputs) });
    expect(again.body['code']).toBe(20002);
    const signatures = body['signatures'] as { id: string; amount: number; C_: string }[];
    const keyset = await activeKeyset();
    return outputs.map((output, index) => {
      const signature = signatures[index];
      if (signature === undefined) throw new Error('no signature');
      return output.toProof({ ...signature, amount: Amount.from(signature.amount) }, keyset);
    });
  }

  const plain = async (amount: number) => OutputData.createRandomData(amount, await activeKeyset());

  test('signs what was paid for, once, and remembers it over a restart', async () => {
    const outputs = await plain(21);
    const proofs = await buy(outputs);
    await mint.close();
    await openAgain();
    const restored = await ask('/v1/restore', { outputs: wire(outputs) });
    expect(restored.body['signatures']).toHaveLength(outputs.length);
    const swap = { inputs: spendable(proofs), outputs: wire(await plain(21)) };
    expect((await ask('/v1/swap', swap)).status).toBe(200);
    await mint.close();
    await openAgain();
    const fresh = { ...swap, outputs: wire(await plain(21)) };
    expect((await ask('/v1/swap', fresh)).body['code']).toBe(11001);
    const Ys = proofs.map(({ secret }) => hashToCurve(new TextEncoder().encode(secret)).toHex(true));
    const { body } = await ask('/v1/checkstate', { Ys });
    expect(body['states']).toEqual(Ys.map((Y) => ({ Y, state: 'SPENT', witness: null })));
  });

  test('refuses ecash made up, made dearer, doubled, or swapped for more', async () => {
    const proofs = spendable(await buy(await plain(3)));
    const [first, second] = proofs;
    const outputs = wire(await plain(3));
    const codes = async (inputs: unknown[], out: unknown[] = outputs) =>
      (await ask('/v1/swap', { inputs, outputs: out })).body['code'];
    expect(await codes([{ ...first, secret: 'made up' }, second])).toBe(10003);
    expect(await codes([{ ...first, amount: 4 }], wire(await plain(4)))).toBe(10003);
    expect(await codes([second, second], wire(await plain(2)))).toBe(11007);
    expect(await codes(proofs, wire(await plain(4)))).toBe(11002);
    const broken = outputs.map((one) => ({ ...one, amount: 1.5 }));
    expect(await codes(proofs, broken)).toBe(10000);
    const twice = wire(await plain(1)).flatMap((one) => [one, one, one]);
    expect(await codes(proofs, twice)).toBe(11008);
    expect(await codes(proofs, [{ ...outputs[0], id: '00'.repeat(8), amount: 3 }])).toBe(12001);
    const offCurve = { ...outputs[0], B_: `02${'ff'.repeat(32)}` };
    expect(await codes(proofs, [offCurve, ...outputs.slice(1)])).toBe(10000);
    expect(await codes(proofs)).toBeUndefined();
    expect(await codes(proofs, wire(await plain(3)))).toBe(11001);
  });

  test('enforces locks', async () => {
    const secretKey = schnorr.utils.randomSecretKey();
    const pubkey = `02${bytesToHex(schnorr.getPublicKey(secretKey))}`;
    const locked = await buy(OutputData.createP2PKData({ pubkey }, 4, await activeKeyset()));
    const codeOf = async (inputs: readonly Proof[]) =>
      (await ask('/v1/swap', { inputs: spendable(inputs), outputs: wire(await plain(4)) })).body['code'];
    expect(await codeOf(locked)).toBe(10003);
    const [thief] = [schnorr.utils.randomSecretKey()];
    const forged = locked.map((proof) => ({
      ...proof,
      witness: { signatures: [bytesToHex(thief).repeat(2)] },
    }));
    expect(await codeOf(forged)).toBe(10003);
    expect(await codeOf(signP2PKProofs(locked, bytesToHex(secretKey)))).toBeUndefined();
  });

  test('keeps ecash while it pays, and gives it back when it could not', async () => {
    const customer = bank.wallet('customer');
    const inputs = spendable(await buy(await plain(64)));
    const paymentHash = bytesToHex(schnorr.utils.randomSecretKey());
    const hold = { amountMsat: satsToMsat(50), paymentHash, description: 'x', expirySeconds: 600 };
    const { bolt11 } = orThrow(await customer.makeHoldInvoice(hold));
    const { body: quote } = await ask('/v1/melt/quote/bolt11', { request: bolt11, unit: 'sat' });
    const melt = { quote: quote['quote'], inputs };
    const paying = ask('/v1/melt/bolt11', melt);
    await vi.waitFor(async () => {
      expect(orThrow(await customer.lookup({ paymentHash }))?.state).toBe('accepted');
    }, 20_000);
    const look = async () => (await ask(`/v1/melt/quote/bolt11/${String(quote['quote'])}`)).body['state'];
    expect(await look()).toBe('PENDING');
    expect((await ask('/v1/melt/bolt11', melt)).body['code']).toBe(20005);
    const swap = { inputs, outputs: wire(await plain(64)) };
    expect((await ask('/v1/swap', swap)).body['code']).toBe(11001);
    orThrow(await customer.cancelHold({ paymentHash }));
    expect((await paying).body['code']).toBe(20004);
    expect(await look()).toBe('UNPAID');
    expect((await ask('/v1/swap', swap)).status).toBe(200);
  });

  test('serves only play money, and says so', async () => {
    const { body } = await ask('/v1/info');
    expect(body['name']).toContain('play-money');
    const wallet = bank.wallet('mint');
    const played = orThrow(await wallet.capabilities());
    const capabilities = () => Promise.resolve(success({ ...played, playMoney: false }));
    await expect(openMint({ dir, wallet: { ...wallet, capabilities } })).rejects.toThrow('play money only');
  });

  test('answers nonsense with a refusal', async () => {
    for (const [path, body] of [
      ['/v1/swap', { inputs: [], outputs: [] }],
      ['/v1/swap', []],
      ['/v1/mint/quote/bolt11', { amount: -1, unit: 'sat' }],
      ['/v1/melt/quote/bolt11', { request: 'lnbc1', unit: 'sat' }],
      ['/v1/checkstate', { Ys: ['02'] }],
      ['/v1/melt/bolt11', { quote: 'unknown', inputs: [] }],
    ] as const)
      expect((await ask(path, body)).status).toBe(400);
    expect((await ask('/v1/mint/quote/bolt11', { amount: 1, unit: 'usd' })).body['code']).toBe(11005);
    expect((await ask('/v1/mint/quote/bolt11/unknown')).status).toBe(400);
    expect((await ask('/v1/keys/00')).body['code']).toBe(12001);
    const raw = await fetch(`${mint.url}/v1/swap`, { method: 'POST', body: '{' });
    expect(raw.status).toBe(400);
    const large = await fetch(`${mint.url}/v1/swap`, { method: 'POST', body: 'x'.repeat(2 << 20) });
    expect(large.status).toBe(413);
  });
});
