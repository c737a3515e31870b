import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { expect, vi } from 'vitest';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import type { PaymentRecord, Wallet } from '../../src/money/index.ts';
import {
  buildFeedback,
  buildResult,
  lockReveal,
  orThrow,
  satsToMsat,
  wrapJobMessage,
  type ExchangeMode,
  type JobFeedbackDraft,
  type JobMessageDraft,
  type JobResultDraft,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';

/** An invoice as its provider knows it. */
export interface ScriptedInvoice {
  readonly bolt11: string;
  readonly paymentHash: string;
}

/** A quote, or a result that asks to be paid, as its provider knows it. */
export interface ScriptedAsk extends ScriptedInvoice {
  readonly event: NostrEvent;
}

/** An ask whose preimage its provider chose. */
export interface ScriptedQuote extends ScriptedAsk {
  readonly preimage: string;
}

/** A provider that does exactly what a test tells it, with a real key and a real wallet. */
export interface ScriptedProvider {
  readonly pubkey: string;
  readonly signer: Signer;
  readonly wallet: Wallet;
  /** The next job request that was published after the provider was opened, in order of arrival. */
  nextRequest(): Promise<NostrEvent>;
  /** Publishes feedback of any status. */
  say(request: NostrEvent, draft: Omit<JobFeedbackDraft, 'request' | 'createdAt'>): Promise<NostrEvent>;
  /** Makes a hold invoice over `sats` and offers it, with whatever the test wants to be different. */
  quote(request: NostrEvent, sats: number, lie?: Partial<JobFeedbackDraft>): Promise<ScriptedQuote>;
  /** Waits until the customer's money is locked. */
  untilHeld(quote: ScriptedQuote): Promise<PaymentRecord>;
  /** Makes an ordinary invoice over `sats`. */
  invoice(sats: number): Promise<ScriptedInvoice>;
  /** Asks to be paid by an ordinary invoice, as `prepay` unless told otherwise. */
  ask(request: NostrEvent, sats: number, told?: Partial<JobFeedbackDraft>): Promise<ScriptedAsk>;
  /** Says that it works for `sats` and will ask for them later. */
  promise(
    request: NostrEvent,
    sats: number,
    exchange: ExchangeMode,
    told?: Partial<JobFeedbackDraft>,
  ): Promise<NostrEvent>;
  /** Waits until an ordinary invoice is paid. */
  untilPaid(invoice: ScriptedInvoice): Promise<void>;
  deliver(request: NostrEvent, content: string, told?: Partial<JobResultDraft>): Promise<NostrEvent>;
  /** Publishes a result that asks to be paid by an ordinary invoice. */
  deliverPriced(request: NostrEvent, sats: number, content: string): Promise<ScriptedAsk>;
  /** Publishes a result that is locked to the preimage of a hold invoice, with whatever should be different. */
  deliverLocked(
    request: NostrEvent,
    sats: number,
    content: string,
    lie?: Partial<JobResultDraft>,
  ): Promise<ScriptedQuote>;
  /** Locks content for the customer of a request to any preimage. */
  lockWith(preimage: string, request: NostrEvent, content: string): Promise<string>;
  /** Sends the customer of a request a private message. */
  whisper(request: NostrEvent, message: Whisper): Promise<void>;
  settle(quote: ScriptedQuote): Promise<void>;
  /** Waits until the hold is paid, says whose work it is and takes the money. */
  deliverPaid(request: NostrEvent, quote: ScriptedQuote): Promise<void>;
  giveBack(quote: ScriptedQuote): Promise<void>;
  /** What the wallet knows of the quote's invoice. */
  payment(invoice: ScriptedInvoice): Promise<PaymentRecord['state'] | undefined>;
  close(): void;
}

/** What a provider says in private about a refund. */
type Whisper =
  | Pick<Extract<JobMessageDraft, { readonly type: 'refund-offer' }>, 'type' | 'amountMsat' | 'claimUntil'>
  | Pick<Extract<JobMessageDraft, { readonly type: 'refund-paid' }>, 'type' | 'paymentHash' | 'preimage'>;

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Opens a provider that hears every request from now on. */
export async function openScriptedProvider(
  wallet: Wallet,
  pool: RelayPool,
  relayUrl: string,
): Promise<ScriptedProvider> {
  const signer = secretKeySigner(generateSecretKey());
  const closing = new AbortController();
  const requests: NostrEvent[] = [];
  let taken = 0;
  await pool.subscribe({
    relays: [relayUrl],
    filters: [{ kinds: [5050], limit: 0 }],
    onEvent: (event) => requests.push(event),
    signal: closing.signal,
  });
  const publish = async (template: Parameters<typeof signer.sign>[0]): Promise<NostrEvent> => {
    const event = await signer.sign(template);
    const receipts = await pool.publish(event, [relayUrl]);
    expect(receipts).toMatchObject([{ outcome: 'accepted' }]);
    return event;
  };
  const say: ScriptedProvider['say'] = (request, draft) =>
    publish(buildFeedback({ request, createdAt: now(), ...draft }));
  const payment = async ({ paymentHash }: ScriptedInvoice) =>
    orThrow(await wallet.lookup({ paymentHash }))?.state;
  const holdInvoice = async (sats: number): Promise<ScriptedInvoice & { preimage: string }> => {
    const preimage = randomBytes(32);
    const paymentHash = bytesToHex(sha256(preimage));
    const made = await wallet.makeHoldInvoice({
      amountMsat: satsToMsat(sats),
      paymentHash,
      description: 'a job',
      expirySeconds: 300,
    });
    return { bolt11: orThrow(made).bolt11 ?? '', paymentHash, preimage: bytesToHex(preimage) };
  };
  const invoice: ScriptedProvider['invoice'] = async (sats) => {
    const made = orThrow(await wallet.makeInvoice({ amountMsat: satsToMsat(sats), expirySeconds: 300 }));
    return { bolt11: made.bolt11 ?? '', paymentHash: made.paymentHash };
  };
  const deliver: ScriptedProvider['deliver'] = (request, content, told = {}) =>
    publish(buildResult({ request, content, createdAt: now(), ...told }));

  const lockWith: ScriptedProvider['lockWith'] = (preimage, request, content) =>
    lockReveal({
      content,
      preimage,
      peerPubkey: request.pubkey,
      ciphers: signer,
      entropy: randomBytes(56),
    });

  const untilHeld: ScriptedProvider['untilHeld'] = (quote) =>
    vi.waitFor(
      async () => {
        const record = orThrow(await wallet.lookup({ paymentHash: quote.paymentHash }));
        if (record?.state !== 'accepted') throw new Error(`The hold is ${record?.state}.`);
        return record;
      },
      { timeout: 30_000 },
    );
  const settle: ScriptedProvider['settle'] = async ({ preimage }) => {
    orThrow(await wallet.settleHold({ preimage }));
  };

  return {
    pubkey: signer.pubkey,
    signer,
    wallet,
    say,
    payment,
    async nextRequest() {
      const request = await vi.waitFor(
        () => {
          const next = requests[taken];
          if (next === undefined) throw new Error('No request has arrived.');
          return next;
        },
        { timeout: 20_000 },
      );
      taken += 1;
      return request;
    },
    async quote(request, sats, lie = {}) {
      const held = await holdInvoice(sats);
      const event = await say(request, {
        status: 'payment-required',
        exchange: 'hold',
        amountMsat: satsToMsat(sats),
        bolt11: held.bolt11,
        usualSeconds: 1,
        worstSeconds: 10,
        ...lie,
      });
      return { ...held, event };
    },
    invoice,
    async ask(request, sats, told = {}) {
      const plain = await invoice(sats);
      const event = await say(request, {
        status: 'payment-required',
        exchange: 'prepay',
        amountMsat: satsToMsat(sats),
        bolt11: plain.bolt11,
        ...told,
      });
      return { ...plain, event };
    },
    promise: (request, sats, exchange, told = {}) =>
      say(request, {
        status: 'processing',
        exchange,
        amountMsat: satsToMsat(sats),
        usualSeconds: 1,
        worstSeconds: 10,
        ...told,
      }),
    untilPaid: (plain) =>
      vi.waitFor(async () => expect(await payment(plain)).toBe('settled'), { timeout: 30_000 }),
    deliver,
    async deliverPriced(request, sats, content) {
      const plain = await invoice(sats);
      const event = await deliver(request, content, {
        amountMsat: satsToMsat(sats),
        bolt11: plain.bolt11,
      });
      return { ...plain, event };
    },
    async deliverLocked(request, sats, content, lie = {}) {
      const held = await holdInvoice(sats);
      const locked = await lockWith(held.preimage, request, content);
      const event = await deliver(request, locked, {
        amountMsat: satsToMsat(sats),
        bolt11: held.bolt11,
        revealHash: held.paymentHash,
        ...lie,
      });
      return { ...held, event };
    },
    untilHeld,
    lockWith,
    async whisper(request, message) {
      const draft = { ...message, requestId: request.id, text: '', createdAt: now() };
      const wrap = orThrow(await wrapJobMessage(draft, wrapFor(request.pubkey, signer, now())));
      expect(await pool.publish(wrap, [relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
    },
    settle,
    async deliverPaid(request, quote) {
      await untilHeld(quote);
      await deliver(request, `by ${signer.pubkey}`);
      await settle(quote);
    },
    async giveBack({ paymentHash }) {
      orThrow(await wallet.cancelHold({ paymentHash }));
    },
    close: () => closing.abort(),
  };
}
