import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, wrapFor } from '../../src/keys/index.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { orThrow, parseJobRequest, satsToMsat, wrapJobMessage } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import type { JobWish } from '../../web/engine/index.ts';
import { requestFor } from '../customer/stage.ts';
import { openScriptedProvider, type ScriptedProvider } from '../customer/scripted-provider.ts';
import {
  openEngineStage,
  PATIENCE_MS,
  type EngineStage,
  type EngineTab,
  type Visitor,
} from './engine-stage.ts';

let stage: EngineStage;
let visitor: Visitor;
let tab: EngineTab;
let seller: ScriptedProvider;
let closeSeller: (() => Promise<void>) | undefined;

beforeAll(async () => {
  stage = await openEngineStage();
  visitor = await stage.visitor();
  tab = await visitor.tab();
  await tab.done('session.sign-in', { by: 'new-key', secretKey: generateSecretKey() });
  const uri = await tab.page.evaluate(async () => {
    const given = await fetch('play-wallet', { method: 'POST' });
    return ((await given.json()) as { readonly uri: string }).uri;
  });
  const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
  const wallet = orThrow(openNwcWallet({ uri, relays, now: () => Math.floor(Date.now() / 1000) }));
  seller = await openScriptedProvider(wallet, relays, stage.market.relayUrl);
  closeSeller = async () => {
    seller.close();
    await wallet.close();
    await relays.close();
  };
}, 180_000);
afterAll(async () => {
  await closeSeller?.();
  await visitor.close();
  await stage.close();
}, 60_000);

const TEST_MS = 4 * PATIENCE_MS;
const TIMES = { usualSeconds: 1, worstSeconds: 10 };

let wishes = 0;
function wishFor(told: Partial<JobWish> = {}): JobWish {
  return {
    kind: 5050,
    inputs: [{ type: 'text', data: 'a red fox' }],
    files: [],
    params: {},
    outputs: [],
    maxAmountMsat: satsToMsat(50),
    deadlineSeconds: 600,
    targets: [seller.pubkey],
    encrypted: false,
    exchanges: ['prepay'],
    choice: 'ask',
    idempotencyKey: `wish ${++wishes}`,
    ...told,
  };
}

/** Asks the seller for a job, which offers to do it for 20 sat in advance. */
async function askSeller(choice: JobWish['choice'], before: () => Promise<unknown> = async () => undefined) {
  const { requestId } = await tab.done('market.post', wishFor({ choice }));
  const request = await requestFor(seller);
  await before();
  const quote = await seller.ask(request, 20, TIMES);
  return { requestId, request, quote };
}

/** Takes the offer, once it is there and nothing was taken by itself. */
async function take({ requestId, quote }: Awaited<ReturnType<typeof askSeller>>): Promise<void> {
  await tab.until(
    'run',
    { requestId },
    (run) => run?.purchase.state === 'requested' && run.comparison?.offers[0]?.id === quote.event.id,
  );
  await tab.done('market.approve', {
    requestId,
    offerId: quote.event.id,
    maxAmountMsat: satsToMsat(20),
    idempotencyKey: `take ${requestId}`,
  });
}

/** What was posted to be paid unasked comes to nothing when the person changes how it pays, and may be posted anew. */
async function isWithdrawn(change: () => Promise<unknown>): Promise<void> {
  await tab.done('wallet.set-budget', { budgetMsat: satsToMsat(1_000) });
  const { requestId, quote } = await askSeller('pick', change);
  await tab.until('run', { requestId }, (run) => run?.purchase.state === 'cancelled');
  const again = await askSeller('pick');
  await take(again);
  await seller.untilPaid(again.quote);
  expect(await seller.payment(quote)).toBe('pending');
}

test(
  'who asks to be asked every time pays nothing unasked that was posted before that',
  async () => {
    await tab.done('wallet.connect', { by: 'play-money' });
    await isWithdrawn(() => tab.done('wallet.set-budget', { budgetMsat: null }));
  },
  TEST_MS,
);

test(
  'who connects another wallet pays nothing unasked with it',
  async () => {
    await isWithdrawn(() => tab.done('wallet.connect', { by: 'play-money' }));
  },
  TEST_MS,
);

test(
  'an invoice that a phone was shown is not paid by the wallet that is connected next',
  async () => {
    await tab.done('wallet.connect', { by: 'qr' });
    const shown = await askSeller('ask');
    await take(shown);
    const { requestId } = shown;
    await tab.until('run', { requestId }, (run) => run?.invoiceToPay?.bolt11 === shown.quote.bolt11);
    await tab.done('wallet.connect', { by: 'play-money' });
    // While the new wallet pays for others, it has all the time to pay this one as well.
    for (let count = 0; count < 3; count++) {
      const next = await askSeller('ask');
      await take(next);
      await seller.untilPaid(next.quote);
    }
    expect(await seller.payment(shown.quote)).toBe('pending');
  },
  TEST_MS,
);

test(
  'who buys once more from somebody else does not buy from the same, after a restart of the page either',
  async () => {
    await tab.done('wallet.set-budget', { budgetMsat: satsToMsat(1_000) });
    const silent = await askSeller('pick');
    await seller.untilPaid(silent.quote);
    await tab.until('run', { requestId: silent.requestId }, (run) => run?.purchase.state === 'paid');
    const { requestId } = await tab.done('market.hedge', {
      requestId: silent.requestId,
      maxAmountMsat: satsToMsat(50),
      idempotencyKey: 'once more',
    });
    const request = await requestFor(seller);
    expect(orThrow(parseJobRequest(request)).exchanges).toEqual(['prepay']);
    await tab.page.reload();
    const quote = await seller.ask(request, 20, TIMES);
    await tab.until(
      'run',
      { requestId },
      (run) =>
        run?.comparison?.refused.find(({ offer }) => offer.id === quote.event.id)?.code === 'same-provider',
    );
    const taking = {
      requestId,
      offerId: quote.event.id,
      maxAmountMsat: satsToMsat(20),
      idempotencyKey: 'it',
    };
    expect(await tab.call('market.approve', taking)).toMatchObject({ failure: { code: 'same-provider' } });
    for (let count = 0; count < 2; count++) {
      const next = await askSeller('pick');
      await seller.untilPaid(next.quote);
    }
    expect(await seller.payment(quote)).toBe('pending');
  },
  TEST_MS,
);

test(
  'words about a job are heard from whom it is for, and from no stranger',
  async () => {
    const { requestId, request } = await askSeller('ask');
    const stranger = secretKeySigner(generateSecretKey());
    const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
    for (const signer of [stranger, seller.signer]) {
      const createdAt = Math.floor(Date.now() / 1000);
      const note = { type: 'note', requestId, text: `Pay this: ${signer.pubkey}`, createdAt } as const;
      const wrap = await wrapJobMessage(note, wrapFor(request.pubkey, signer, createdAt));
      await relays.publish(orThrow(wrap), [stage.market.relayUrl]);
    }
    await relays.close();
    const words = await tab.until('words', { requestId }, (said) => said.length > 0);
    expect(words.map(({ text }) => text)).toEqual([`Pay this: ${seller.pubkey}`]);
  },
  TEST_MS,
);

test(
  'a copy of the books has what is its own, and nothing of who signed in here before',
  async () => {
    const browser = await stage.visitor();
    const page = await browser.tab();
    const posted: string[] = [];
    for (let person = 0; person < 2; person++) {
      await page.done('session.sign-in', { by: 'new-key', secretKey: generateSecretKey() });
      const { requestId } = await page.done('market.post', wishFor({ exchanges: ['free'] }));
      await requestFor(seller);
      posted.push(requestId);
    }
    const json = await page.done('books.export', { password: null });
    expect(posted.map((requestId) => json.includes(requestId))).toEqual([false, true]);
    await browser.close();
  },
  TEST_MS,
);
