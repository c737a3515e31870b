import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { expect, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { PaymentRecord, Wallet } from '../../src/money/index.ts';
import {
  buildFeedback,
  buildResult,
  orThrow,
  satsToMsat,
  type JobFeedbackDraft,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';

/** A quote as its provider knows it. */
export interface ScriptedQuote {
  readonly event: NostrEvent;
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly preimage: string;
}

/** A provider that does exactly what a test tells it, with a real key and a real wallet. */
export interface ScriptedProvider {
  readonly pubkey: string;
  readonly wallet: Wallet;
  /** The next job request that was published after the provider was opened, in order of arrival. */
  nextRequest(): Promise<NostrEvent>;
  /** Publishes feedback of any status. */
  say(request: NostrEvent, draft: Omit<JobFeedbackDraft, 'request' | 'createdAt'>): Promise<NostrEvent>;
  /** Makes a hold invoice over `sats` and offers it, with whatever the test wants to be different. */
  quote(request: NostrEvent, sats: number, lie?: Partial<JobFeedbackDraft>): Promise<ScriptedQuote>;
  /** Waits until the customer's money is locked. */
  untilHeld(quote: ScriptedQuote): Promise<PaymentRecord>;
  deliver(request: NostrEvent, content: string): Promise<NostrEvent>;
  settle(quote: ScriptedQuote): Promise<void>;
  giveBack(quote: ScriptedQuote): Promise<void>;
  /** What the wallet knows of the quote's invoice. */
  payment(quote: ScriptedQuote): Promise<PaymentRecord['state'] | undefined>;
  close(): void;
}

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
  const payment = async ({ paymentHash }: ScriptedQuote) =>
    orThrow(await wallet.lookup({ paymentHash }))?.state;

  return {
    pubkey: signer.pubkey,
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
        { timeout: 10_000 },
      );
      taken += 1;
      return request;
    },
    async quote(request, sats, lie = {}) {
      const preimage = randomBytes(32);
      const paymentHash = bytesToHex(sha256(preimage));
      const amountMsat = satsToMsat(sats);
      const made = await wallet.makeHoldInvoice({
        amountMsat,
        paymentHash,
        description: 'a job',
        expirySeconds: 300,
      });
      const bolt11 = orThrow(made).bolt11 ?? '';
      const event = await say(request, {
        status: 'payment-required',
        exchange: 'hold',
        amountMsat,
        bolt11,
        usualSeconds: 1,
        worstSeconds: 10,
        ...lie,
      });
      return { event, bolt11, paymentHash, preimage: bytesToHex(preimage) };
    },
    untilHeld: (quote) =>
      vi.waitFor(
        async () => {
          const record = orThrow(await wallet.lookup({ paymentHash: quote.paymentHash }));
          if (record?.state !== 'accepted') throw new Error(`The hold is ${record?.state}.`);
          return record;
        },
        { timeout: 10_000 },
      ),
    deliver: (request, content) => publish(buildResult({ request, content, createdAt: now() })),
    async settle({ preimage }) {
      orThrow(await wallet.settleHold({ preimage }));
    },
    async giveBack({ paymentHash }) {
      orThrow(await wallet.cancelHold({ paymentHash }));
    },
    close: () => closing.abort(),
  };
}
