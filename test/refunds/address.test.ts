import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { failure, msat, orThrow, sealRequest, success, type Msat } from '../../src/protocol/index.ts';
import type { ResolveRefundInvoice } from '../../src/provider/context.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { balanceOf, claim, openDebtor, PAID_MSAT, refundInvoice } from './stage.ts';

let stage: BuyingStage;
let server: Server;
/** What the customer's address does with the amount and the metadata it is asked about. */
let lie: { amountMsat?: bigint; metadata?: string; down?: boolean } = {};
const METADATA = JSON.stringify([['text/plain', 'me@wallet.example']]);

beforeAll(async () => {
  stage = await openBuyingStage();
  server = createServer((request, response) => {
    void answer(new URL(request.url ?? '', 'http://address').searchParams.get('amount') ?? '0').then((body) =>
      response.writeHead(lie.down ? 500 : 200).end(JSON.stringify(body)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
}, 60_000);
afterEach(async () => {
  lie = {};
  await stage.sweep();
});
afterAll(async () => {
  server.close();
  await stage.close();
});

/** A lightning address over real HTTP, with invoices of the customer's real wallet. */
async function answer(amount: string) {
  const descriptionHash = bytesToHex(sha256(utf8ToBytes(lie.metadata ?? METADATA)));
  const amountMsat = msat(lie.amountMsat ?? BigInt(amount));
  const made = orThrow(await stage.wallet().makeInvoice({ amountMsat, descriptionHash, expirySeconds: 600 }));
  return { pr: made.bolt11, metadata: METADATA };
}

/** Asks the one address there is, and notes what it was asked. */
function resolver(): { resolve: ResolveRefundInvoice; asked: { lud16: string; amountMsat: Msat }[] } {
  const asked: { lud16: string; amountMsat: Msat }[] = [];
  const resolve: ResolveRefundInvoice = async ({ lud16, amountMsat, signal }) => {
    asked.push({ lud16, amountMsat });
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/?amount=${amountMsat}`, { signal });
    if (!response.ok) return failure('address-silent', 'The address gave no invoice.');
    const { pr, metadata } = (await response.json()) as { pr: string; metadata: string };
    return success({ bolt11: pr, descriptionHash: bytesToHex(sha256(utf8ToBytes(metadata))) });
  };
  return { resolve, asked };
}

async function publishProfile(signer: Signer, content: string): Promise<void> {
  const createdAt = Math.floor(Date.now() / 1000);
  const event = await signer.sign({ kind: 0, created_at: createdAt, tags: [], content });
  expect(await stage.openPool().publish(event, [stage.relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
}

const TO_ADDRESS = { request: { refundLud16: 'me@wallet.example' } };

describe('a refund to a lightning address', () => {
  test('that the request names is paid without a claim, and the customer is told by which payment', async () => {
    const { resolve, asked } = resolver();
    const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
    const debt = await debtor.owe(TO_ADDRESS);
    const before = await balanceOf(stage, 'customer');
    const refunded = await debtor.settle(debt);
    expect(refunded).toMatchObject({ money: 'refunded', refund: { via: 'lud16', amountMsat: PAID_MSAT } });
    expect(asked).toEqual([{ lud16: 'me@wallet.example', amountMsat: PAID_MSAT }]);
    expect(await balanceOf(stage, 'customer')).toBe(before + PAID_MSAT);
    const { paymentHash } = refunded.refund ?? {};
    expect(await debtor.told(debt)).toMatchObject([{ type: 'refund-paid', paymentHash }]);
  });

  test('that stands in the encrypted part of the request is found', async () => {
    const { resolve, asked } = resolver();
    const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
    const { signer } = debtor.context;
    const customer = secretKeySigner(generateSecretKey());
    const sealing: Signer = {
      ...customer,
      sign: async (template) =>
        customer.sign(
          orThrow(
            await sealRequest(template, { peerPubkey: signer.pubkey, scheme: 'nip44', ciphers: customer }),
          ),
        ),
    };
    const debt = await debtor.owe({ customer: sealing, ...TO_ADDRESS });
    expect((await debtor.settle(debt)).money).toBe('refunded');
    expect(asked).toHaveLength(1);
  });

  test('of the customer’s profile is paid where the request names none', async () => {
    const { resolve, asked } = resolver();
    const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
    const customer = secretKeySigner(generateSecretKey());
    await publishProfile(customer, JSON.stringify({ name: 'me', lud16: 'profile@wallet.example' }));
    expect((await debtor.settle(await debtor.owe({ customer }))).money).toBe('refunded');
    expect(asked).toMatchObject([{ lud16: 'profile@wallet.example' }]);
  });

  test.each(['no JSON', '[]', '{"lud16":7}', '{"lud16":"nobody"}'])(
    'is not paid for the profile %s: a claim is waited for',
    async (content) => {
      const { resolve, asked } = resolver();
      const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
      const customer = secretKeySigner(generateSecretKey());
      await publishProfile(customer, content);
      expect(await debtor.settle(await debtor.owe({ customer }))).toMatchObject({
        money: 'refund-due',
        refund: { via: 'claim' },
      });
      expect(asked).toEqual([]);
    },
  );

  test.each([
    ['asks for more', 'wrong-amount', { amountMsat: PAID_MSAT + 1n }],
    ['asks for less', 'wrong-amount', { amountMsat: PAID_MSAT - 1n }],
    ['describes something else', 'wrong-description', { metadata: '[]' }],
    ['does not answer', 'address-silent', { down: true }],
  ])(
    'that %s gets nothing: the customer may claim, and the address is asked again later',
    async (_, code, told) => {
      lie = told;
      const { resolve, asked } = resolver();
      const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
      const debt = await debtor.owe(TO_ADDRESS);
      const before = await balanceOf(stage, 'alice');
      expect(await debtor.settle(debt)).toMatchObject({
        money: 'refund-due',
        refund: { via: 'claim', bolt11: null },
      });
      expect(debtor.troubles).toMatchObject([{ code }]);
      expect(await debtor.told(debt)).toMatchObject([{ type: 'refund-offer' }]);
      await debtor.settle(debt);
      expect(asked).toHaveLength(1);
      expect(await balanceOf(stage, 'alice')).toBe(before);

      stage.clock.aheadSeconds = 61;
      await debtor.settle(debt);
      expect(asked).toHaveLength(2);
      lie = {};
      stage.clock.aheadSeconds = 110;
      expect((await debtor.settle(debt)).money).toBe('refund-due');
      stage.clock.aheadSeconds = 130;
      expect((await debtor.settle(debt)).money).toBe('refunded');
      expect(asked).toHaveLength(3);
    },
  );

  test('and a claim at the same time bring the money back once', async () => {
    const { resolve } = resolver();
    const debtor = openDebtor(stage, { resolveRefundInvoice: resolve });
    const debt = await debtor.owe(TO_ADDRESS);
    const before = await balanceOf(stage, 'customer');
    const bolt11 = await refundInvoice(stage.wallet());
    await Promise.all([debtor.settle(debt), claim(debtor, debt, bolt11)]);
    expect((await debtor.settle(debt)).money).toBe('refunded');
    expect(await balanceOf(stage, 'customer')).toBe(before + PAID_MSAT);
  });
});
