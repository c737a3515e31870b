import { createP2PKsecret } from '@cashu/cashu-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  makeNutzap,
  receiveNutzaps,
  redeemNutzap,
  relayCopy,
  type EcashStore,
  type EcashWallet,
  type NutzapRules,
} from '../../src/ecash/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildNutzap,
  buildNutzapInfo,
  ECASH_TOKEN_KIND,
  ECASH_WALLET_KIND,
  NUTZAP_INFO_KIND,
  NUTZAP_REDEMPTION_KIND,
  orThrow,
  parseEcashToken,
  parseEcashWallet,
  parseNutzap,
  parseNutzapInfo,
  parseNutzapRedemption,
  type EcashProof,
  type NostrEvent,
  type NutzapDraft,
} from '../../src/protocol/index.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { balanceSat, codeOf, fund, openEcashStage, sats, unixNow, type EcashStage } from './stage.ts';

describe('nutzaps', () => {
  let stage: EcashStage;
  let relay: RelayStage;
  let payer: EcashWallet & { readonly store: EcashStore };
  beforeAll(async () => {
    stage = await openEcashStage({ inputFeePpk: 100 });
    relay = await openRelayStage();
    payer = stage.openWallet();
    await fund(payer, 1000);
  });
  afterAll(async () => {
    await relay.close();
    await stage.close();
  });

  const payerSigner = secretKeySigner(generateSecretKey());
  const OFFER = { id: 'ab'.repeat(32), kind: 7000 };

  /** Somebody who can be nutzapped. */
  async function openRecipient() {
    const signer = secretKeySigner(generateSecretKey());
    const lockSecretKey = generateSecretKey();
    const wallet = stage.openWallet({ lockSecretKey });
    const info = orThrow(
      parseNutzapInfo(
        await signer.sign(
          buildNutzapInfo({
            mints: [{ url: stage.mint.url, units: ['sat'] }],
            relays: [relay.relay.url],
            lockPubkey: wallet.lockPubkey,
            createdAt: unixNow(),
          }),
        ),
      ),
    );
    const rules: NutzapRules = { info, minAmountMsat: sats(21), eventIds: [OFFER.id] };
    return { signer, lockSecretKey, wallet, info, rules };
  }

  let count = 0;
  const zap = async (info: NutzapRules['info'], amount = 21): Promise<NostrEvent> =>
    orThrow(
      await makeNutzap(
        { wallet: payer, signer: payerSigner },
        { key: `zap ${++count}`, info, amountMsat: sats(amount), zapped: OFFER, createdAt: unixNow() },
      ),
    );

  test('are made once for each key, redeemed once, and worth the price after fees', async () => {
    const { wallet, rules, info } = await openRecipient();
    const event = await zap(info);
    const redeemed = orThrow(await redeemNutzap(wallet, event, rules));
    expect(redeemed.nutzap.eventId).toBe(OFFER.id);
    expect(redeemed.amountMsat).toBeGreaterThanOrEqual(sats(21));
    expect(orThrow(await redeemNutzap(wallet, event, rules))).toEqual(redeemed);
    expect(await balanceSat(wallet)).toBe(Number(redeemed.amountMsat / 1000n));
  });

  test('with ecash of another nutzap are no second payment', async () => {
    const { wallet, rules, info } = await openRecipient();
    const event = await zap(info);
    const { proofs, recipientPubkey, mint } = orThrow(parseNutzap(event));
    const draft = { recipientPubkey, mint, unit: 'sat', proofs, zapped: OFFER, createdAt: unixNow() + 1 };
    const copy = await payerSigner.sign(buildNutzap(draft));
    expect(codeOf(await redeemNutzap(wallet, event, rules))).toBe('ok');
    expect(codeOf(await redeemNutzap(wallet, copy, rules))).toBe('already-spent');
  });

  test('cannot be made where payer and recipient trust no mint together', async () => {
    const { info } = await openRecipient();
    const elsewhere = { ...info, mints: [{ url: 'https://other.example', units: [] }] };
    const usdOnly = { ...info, mints: [{ url: stage.mint.url, units: ['usd'] }] };
    const parts = { wallet: payer, signer: payerSigner };
    for (const wrong of [elsewhere, usdOnly]) {
      const wish = { key: 'none', info: wrong, amountMsat: sats(1), createdAt: 1 };
      expect(codeOf(await makeNutzap(parts, wish))).toBe('untrusted-mint');
    }
  });

  describe('that are none', () => {
    type Change = (draft: NutzapDraft) => Partial<NutzapDraft>;
    const otherKey = `02${'79'.repeat(32)}`;
    const relocked = (make: (proof: EcashProof) => string): Change => {
      return ({ proofs }) => ({ proofs: proofs.map((proof) => ({ ...proof, secret: make(proof) })) });
    };
    const lockOf = ({ secret }: EcashProof) => String(JSON.parse(secret)[1].data);
    test.each<[string, string, Change]>([
      ['locked to another key', 'not-locked', relocked(() => createP2PKsecret(otherKey))],
      ['not locked at all', 'not-locked', relocked(({ C }) => C)],
      [
        'that go back to the payer',
        'not-locked',
        relocked((proof) =>
          createP2PKsecret(lockOf(proof), [
            ['locktime', '1'],
            ['refund', otherKey],
          ]),
        ),
      ],
      [
        'with a second key',
        'not-locked',
        relocked((proof) => createP2PKsecret(lockOf(proof), [['pubkeys', otherKey]])),
      ],
      ['that no mint signed', 'invalid-dleq', relocked((proof) => createP2PKsecret(lockOf(proof)))],
      [
        'without proof',
        'invalid-dleq',
        ({ proofs }) => ({ proofs: proofs.map((proof) => ({ ...proof, dleq: null })) }),
      ],
      ['of another mint', 'unknown-mint', () => ({ mint: 'https://evil.example' })],
      ['of the mint written otherwise', 'unknown-mint', ({ mint }) => ({ mint: `${mint}/` })],
      ['in another unit', 'wrong-unit', () => ({ unit: 'usd' })],
      ['for less', 'too-little', ({ proofs }) => ({ proofs: proofs.slice(1) })],
      [
        'with a piece twice',
        'repeated-proof',
        ({ proofs }) => ({ proofs: [...proofs, ...proofs.slice(0, 1)] }),
      ],
      [
        'of an unknown keyset',
        'unknown-keyset',
        ({ proofs }) => ({ proofs: proofs.map((proof) => ({ ...proof, id: `01${'ab'.repeat(32)}` })) }),
      ],
      [
        'worth more by their own word',
        'invalid-dleq',
        ({ proofs }) => ({ proofs: proofs.map((proof) => ({ ...proof, amount: proof.amount * 2n })) }),
      ],
      ['for another event', 'wrong-event', () => ({ zapped: { id: 'cd'.repeat(32), kind: 7000 } })],
      ['for somebody else', 'wrong-recipient', () => ({ recipientPubkey: 'ef'.repeat(32) })],
    ])('%s: %s', async (_what, code, change) => {
      const { wallet, rules, info } = await openRecipient();
      const { recipientPubkey, mint, unit, proofs } = orThrow(parseNutzap(await zap(info)));
      const honest: NutzapDraft = {
        recipientPubkey,
        mint,
        unit,
        proofs,
        zapped: OFFER,
        createdAt: unixNow(),
      };
      const forged = await payerSigner.sign(buildNutzap({ ...honest, ...change(honest) }));
      expect(codeOf(await redeemNutzap(wallet, forged, rules))).toBe(code);
      expect(await balanceSat(wallet)).toBe(0);
      const genuine = await payerSigner.sign(buildNutzap(honest));
      expect(codeOf(await redeemNutzap(wallet, genuine, rules))).toBe('ok');
    });
  });

  test('over a relay: announced, sent, redeemed, told; another device finds the ecash by its copy', async () => {
    const { wallet, signer, lockSecretKey, rules } = await openRecipient();
    const relays = relay.openPool();
    const relayUrls = [relay.relay.url];
    const parts = { wallet, store: wallet.store, signer, relays, relayUrls, now: unixNow };
    const copy = relayCopy(parts);
    orThrow(await copy.announce(lockSecretKey));
    const [announced] = await relays.query(relayUrls, [
      { kinds: [NUTZAP_INFO_KIND], authors: [signer.pubkey] },
    ]);
    const info = orThrow(parseNutzapInfo(announced as NostrEvent));
    expect(info.lockPubkey).toBe(wallet.lockPubkey);

    const stored = await zap(info);
    await relays.publish(stored, relayUrls);
    const stop = new AbortController();
    const refused: string[] = [];
    const later = Promise.withResolvers<void>();
    const got: string[] = [];
    await receiveNutzaps({
      wallet,
      relays,
      relayUrls,
      rules: { ...rules, info },
      signal: stop.signal,
      onRedeemed: async ({ nutzap }) => {
        orThrow(await copy.sync([nutzap]));
        if (got.push(nutzap.event.id) === 2) later.resolve();
      },
      onRefused: (_event, { code }) => refused.push(code),
    });
    expect(got).toEqual([stored.id]);
    const fresh = await zap(info);
    const [sent] = await relays.publish(
      await payerSigner.sign({ ...fresh, tags: [['p', signer.pubkey]] }),
      relayUrls,
    );
    expect(sent?.outcome).toBe('accepted');
    await relays.publish(fresh, relayUrls);
    await later.promise;
    stop.abort();
    expect(got).toEqual([stored.id, fresh.id]);
    expect(refused).toEqual(['malformed-tag']);

    const own = async (kind: number) =>
      relays.query(relayUrls, [{ kinds: [kind], authors: [signer.pubkey] }]);
    const told = await own(NUTZAP_REDEMPTION_KIND);
    const read = await Promise.all(
      told.map(async (event) =>
        orThrow(parseNutzapRedemption(event, await signer.nip44.decrypt(signer.pubkey, event.content))),
      ),
    );
    expect(read.flatMap(({ nutzapIds }) => nutzapIds).toSorted()).toEqual([stored.id, fresh.id].toSorted());
    expect(read.map(({ booked }) => booked?.direction)).toEqual(['in', 'in']);
    expect(read.reduce((sum, { booked }) => sum + Number(booked?.amount), 0)).toBe(await balanceSat(wallet));

    const tokens = await own(ECASH_TOKEN_KIND);
    expect(tokens).toHaveLength(1);
    const [token] = tokens as [NostrEvent];
    const inner = orThrow(parseEcashToken(token, await signer.nip44.decrypt(signer.pubkey, token.content)));
    expect(inner.proofs.map(({ secret }) => secret).toSorted()).toEqual(
      (await wallet.store.proofs({ role: 'purse', state: 'free' })).map(({ secret }) => secret).toSorted(),
    );
    const [settings] = (await own(ECASH_WALLET_KIND)) as [NostrEvent];
    const opened = orThrow(
      parseEcashWallet(settings, await signer.nip44.decrypt(signer.pubkey, settings.content)),
    );
    expect(opened).toMatchObject({ lockSecretKey: bytesToHex(lockSecretKey), mints: [stage.mint.url] });

    const device = stage.openWallet();
    const deviceCopy = relayCopy({ ...parts, wallet: device, store: device.store });
    const before = await balanceSat(wallet);
    const found = await deviceCopy.recover(new AbortController().signal);
    expect(await balanceSat(device)).toBe(Number(found));
    expect(before - Number(found)).toBeLessThanOrEqual(2);
    expect(found).toBeGreaterThan(0n);
    expect(await deviceCopy.recover(new AbortController().signal)).toBe(0n);
  });

  test('a copy that no relay takes is tried again', async () => {
    const { wallet, signer } = await openRecipient();
    const relays = relay.openPool();
    const copyAt = (relayUrls: string[]) =>
      relayCopy({ wallet, store: wallet.store, signer, relays, relayUrls, now: unixNow });
    await fund(wallet, 10);
    const nowhere = copyAt(['ws://127.0.0.1:1/']);
    expect(codeOf(await nowhere.sync())).toBe('not-published');
    const copy = copyAt([relay.relay.url]);
    expect(codeOf(await copy.sync())).toBe('ok');
    const events = () => relays.query([relay.relay.url], [{ authors: [signer.pubkey] }]);
    const kinds = async () => (await events()).map(({ kind }) => kind).toSorted((one, other) => one - other);
    expect(await kinds()).toEqual([ECASH_TOKEN_KIND, NUTZAP_REDEMPTION_KIND]);
    expect(codeOf(await copy.sync())).toBe('ok');
    expect(await kinds()).toEqual([ECASH_TOKEN_KIND, NUTZAP_REDEMPTION_KIND]);
    const wish = { key: 'out', mintUrl: stage.mint.url, amountMsat: sats(4), lock: 'none' } as const;
    orThrow(await wallet.send(wish));
    expect(codeOf(await copy.sync())).toBe('ok');
    // The old token event is deleted; the deletion and the history of both changes stay.
    expect(await kinds()).toEqual([5, ECASH_TOKEN_KIND, NUTZAP_REDEMPTION_KIND, NUTZAP_REDEMPTION_KIND]);
  });
});
