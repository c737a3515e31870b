import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { getZapEndpoint, makeZapRequest, useFetchImplementation } from 'nostr-tools/nip57';
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { createMemorySpendingLimits } from '../../src/money/index.ts';
import { findTag, orThrow, parseInvoice, satsToMsat, tagValues } from '../../src/protocol/index.ts';
import { createMemoryZapRecords, encodeLnurl, type ZapRecords } from '../../src/zaps/index.ts';
import { AMOUNT, openZapStage, type ZappedParty, type ZapStage } from './stage.ts';

let stage: ZapStage;

beforeAll(async () => {
  stage = await openZapStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const RECEIPT_TIMEOUT_MS = 15_000;

function resultOf(party: ZappedParty) {
  return party.signer.sign({ kind: 6050, created_at: unixNow(), tags: [], content: 'A RED FOX' });
}

async function receiptOf(party: ZappedParty) {
  return vi.waitFor(
    async () => {
      const [receipt, ...others] = await stage.receiptsOf(party.signer.pubkey);
      if (receipt === undefined) throw new Error('No receipt yet.');
      expect(others).toEqual([]);
      return receipt;
    },
    { timeout: RECEIPT_TIMEOUT_MS },
  );
}

describe('a zap', () => {
  test('pays the author of an event, and the receipt says so once', async () => {
    const party = await stage.openParty();
    party.follow();
    const event = await resultOf(party);
    const sent = orThrow(
      await stage.send(party.server, {
        payTo: party.lud16,
        amountMsat: AMOUNT,
        target: { event },
        relays: [stage.relayUrl],
        comment: 'thank you',
        receiptTimeoutMs: RECEIPT_TIMEOUT_MS,
      }),
    );
    expect(sent.receipt).toMatchObject({
      paymentHash: sent.paymentHash,
      amountMsat: AMOUNT,
      preimageShown: true,
    });
    expect(sent.receipt?.zapRequest).toMatchObject({ eventId: event.id, comment: 'thank you' });
    expect(sent.receipt?.receipt.senderPubkey).toBe(stage.customer.pubkey);
    expect(await stage.providerWallet.lookup({ paymentHash: sent.paymentHash })).toMatchObject({
      value: { state: 'settled', amountMsat: AMOUNT },
    });
    expect((await receiptOf(party)).id).toBe(sent.receipt?.receipt.event.id);
  });

  test('pays a person by LNURL, without waiting for a receipt', async () => {
    const party = await stage.openParty();
    const payTo = encodeLnurl(`${party.server.origin}/.well-known/lnurlp/bot`).toUpperCase();
    const target = { pubkey: party.signer.pubkey };
    const sent = orThrow(
      await stage.send(party.server, { payTo, amountMsat: AMOUNT, target, relays: [stage.relayUrl] }),
    );
    expect(sent.receipt).toBeNull();
    party.follow();
    const receipt = await receiptOf(party);
    expect(tagValues(receipt, 'e')).toEqual([]);
    expect(findTag(receipt, 'description')?.[1]).toBe(JSON.stringify(sent.zapRequest));
  });

  test('to an addressable event names its address', async () => {
    const party = await stage.openParty();
    const event = await party.signer.sign({
      kind: 31990,
      created_at: unixNow(),
      tags: [['d', 'shop']],
      content: '',
    });
    const sent = orThrow(
      await stage.send(party.server, {
        payTo: party.lud16,
        amountMsat: AMOUNT,
        target: { event },
        relays: [],
      }),
    );
    expect(tagValues(sent.zapRequest, 'a')).toEqual([`31990:${party.signer.pubkey}:shop`]);
  });

  test('of a client made by others is served', async () => {
    const party = await stage.openParty();
    party.follow();
    useFetchImplementation((url: string) => fetch(url.replace('https://127.', 'http://127.')));
    const profile = finalizeEvent(
      { kind: 0, created_at: 1, tags: [], content: JSON.stringify({ lud16: party.lud16 }) },
      generateSecretKey(),
    );
    const callback = await getZapEndpoint(profile);
    const template = makeZapRequest({
      pubkey: party.signer.pubkey,
      amount: Number(AMOUNT),
      relays: [stage.relayUrl],
    });
    const zapRequest = JSON.stringify(finalizeEvent(template, generateSecretKey()), null, 1);
    const query = `amount=${AMOUNT}&nostr=${encodeURIComponent(zapRequest)}&comment=hi`;
    const answer = (await (await fetch(`${callback}?${query}`)).json()) as { pr: string };
    orThrow(await stage.customerWallet.pay({ bolt11: answer.pr, feeLimitMsat: satsToMsat(10) }));
    expect(findTag(await receiptOf(party), 'description')?.[1]).toBe(zapRequest);
  });

  test('stays within the caps of the sender', async () => {
    const party = await stage.openParty();
    const before = await stage.paymentCount();
    const target = { pubkey: party.signer.pubkey };
    const order = { payTo: party.lud16, amountMsat: satsToMsat(10_000), target, relays: [] };
    const caps = { perPaymentMsat: satsToMsat(10_000), perDayMsat: satsToMsat(100_000) };
    const spend = createMemorySpendingLimits(caps, unixNow); // with its fees the zap would cost more
    expect(await stage.send(party.server, order, { spend })).toMatchObject({
      failure: { code: 'over-budget' },
    });
    expect(await stage.paymentCount()).toBe(before);
  });
});

describe('a receipt', () => {
  test('is published after a crash between payment and receipt', async () => {
    const party = await stage.openParty();
    const target = { pubkey: party.signer.pubkey };
    const order = { payTo: party.lud16, amountMsat: AMOUNT, target, relays: [stage.relayUrl] };
    const sent = orThrow(await stage.send(party.server, order));
    expect(await stage.receiptsOf(party.signer.pubkey)).toEqual([]);
    party.follow();
    expect(findTag(await receiptOf(party), 'preimage')?.[1]).toBe(sent.preimage);
  });

  test('is the same event after a crash between signing and publishing', async () => {
    const records = createMemoryZapRecords();
    const crash = new AbortController();
    const crashing: ZapRecords = {
      ...records,
      async change(paymentHash, seen, change) {
        const moved = await records.change(paymentHash, seen, change);
        if (change.state === 'receipt-due') crash.abort();
        return moved;
      },
    };
    const party = await stage.openParty({ records });
    party.follow({ records: crashing, signal: crash.signal });
    const target = { pubkey: party.signer.pubkey };
    const order = { payTo: party.lud16, amountMsat: AMOUNT, target, relays: [stage.relayUrl] };
    const { paymentHash } = orThrow(await stage.send(party.server, order));
    await vi.waitFor(() => expect(crash.signal.aborted).toBe(true), { timeout: RECEIPT_TIMEOUT_MS });
    const signed = (await records.get(paymentHash))?.receipt;
    party.follow();
    expect((await receiptOf(party)).id).toBe(signed?.id);
    await vi.waitFor(async () => expect(await records.unfinished()).toEqual([]), { timeout: 20_000 });
  });

  test('is one, also when several look after it', async () => {
    const party = await stage.openParty();
    for (let follower = 0; follower < 3; follower++) party.follow({ lookEveryMs: 10 });
    const target = { pubkey: party.signer.pubkey };
    const order = { payTo: party.lud16, amountMsat: AMOUNT, target, relays: [stage.relayUrl] };
    for (let zaps = 1; zaps <= 3; zaps++) orThrow(await stage.send(party.server, order));
    await vi.waitFor(async () => expect(await party.records.unfinished()).toEqual([]), {
      timeout: RECEIPT_TIMEOUT_MS,
    });
    expect(await stage.receiptsOf(party.signer.pubkey)).toHaveLength(3);
  });

  test('is not made for what was never paid', async () => {
    let later = 0;
    const now = (): number => unixNow() + later;
    const party = await stage.openParty();
    const wallet = {
      ...stage.customerWallet,
      pay: async () => ({ ok: false, failure: { code: 'insufficient-balance', message: '' } }) as const,
    };
    const target = { pubkey: party.signer.pubkey };
    const order = { payTo: party.lud16, amountMsat: AMOUNT, target, relays: [stage.relayUrl] };
    expect(await stage.send(party.server, order, { wallet })).toMatchObject({
      failure: { code: 'payment-failed' },
    });
    party.follow({ now, lookEveryMs: 10 });
    expect(await party.records.unfinished()).toHaveLength(1);
    later = 1_300;
    await vi.waitFor(async () => expect(await party.records.unfinished()).toEqual([]), { timeout: 20_000 });
    expect(await stage.receiptsOf(party.signer.pubkey)).toEqual([]);
  });
});

describe('a plain payment to a lightning address', () => {
  test('gets an invoice for the metadata and no receipt', async () => {
    const party = await stage.openParty();
    const told = (await (await fetch(`${party.server.origin}/.well-known/lnurlp/bot`)).json()) as Record<
      string,
      string
    >;
    expect(told).toMatchObject({
      tag: 'payRequest',
      minSendable: 1_000,
      maxSendable: 10_000_000,
      allowsNostr: true,
      nostrPubkey: party.receiptSigner.pubkey,
    });
    const answer = (await (await fetch(`${told['callback']}?amount=${AMOUNT}`)).json()) as { pr: string };
    const invoice = orThrow(parseInvoice(answer.pr));
    expect(invoice.amountMsat).toBe(AMOUNT);
    expect(invoice.descriptionHash).toBe(bytesToHex(sha256(utf8ToBytes(told['metadata'] ?? ''))));
    expect(await party.records.unfinished()).toEqual([]);
  });
});
