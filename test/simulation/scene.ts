import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Signer } from '../../src/keys/index.ts';
import type { Wallet, WalletOutcome } from '../../src/money/index.ts';
import {
  buildFeedback,
  buildResult,
  lockReveal,
  orThrow,
  type EventTemplate,
  type JobFeedbackDraft,
  type JobResultDraft,
  type Msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { Seller } from './cast.ts';
import type { Job } from './work.ts';

/** An invoice as its seller knows it; `preimage` where the money is only locked until it is shown. */
export interface Asked {
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly preimage: string | null;
}

/** Invoices outlive a market's whole time, which runs ahead of the machine's. */
const INVOICE_SECONDS = 90 * 86_400;

/** A custodian that breaks down is back soon. */
const MAX_TRIES = 10;
const RETRY_MS = 500;

/** Asks a custodian until it answers. */
async function reach<Value>(call: () => Promise<WalletOutcome<Value>>): Promise<Value> {
  for (let tries = 1; ; tries++) {
    const answer = await call();
    if (answer.ok || answer.failure.code !== 'wallet-unreachable' || tries === MAX_TRIES)
      return orThrow(answer);
    await pause(RETRY_MS);
  }
}

/** What one seller and one job need to deal with each other: real events, real invoices, the market's clock. */
export interface SceneParts {
  readonly seller: Seller;
  readonly signer: Signer;
  readonly wallet: Wallet;
  readonly job: Job;
  readonly request: NostrEvent;
  readonly priceMsat: Msat;
  /** When the customer stops waiting, unix seconds. */
  readonly deadlineAt: number;
  /** Numbers in [0, 1) for this seller's accidents in this job. */
  readonly draw: () => number;
  readonly now: () => number;
  /** Lets the market's time pass. */
  readonly advance: (seconds: number) => void;
  readonly publish: (event: NostrEvent) => Promise<void>;
  /** What was delivered to others for anybody to read, by the input it answers. */
  readonly seenAnswers: ReadonlyMap<string, string>;
  /** Told of every invoice, so that its money finds its way back to the scene. */
  readonly onAsked: (asked: Asked) => void;
}

/** One seller and one job. */
export class Scene {
  readonly parts: SceneParts;

  constructor(parts: SceneParts) {
    this.parts = parts;
  }

  async say(draft: Omit<JobFeedbackDraft, 'request' | 'createdAt'>): Promise<void> {
    const { request, now } = this.parts;
    await this.#publish(buildFeedback({ request, createdAt: now(), ...draft }));
  }

  async deliver(content: string, told: Partial<JobResultDraft> = {}): Promise<void> {
    const { request, now } = this.parts;
    await this.#publish(buildResult({ request, content, createdAt: now(), ...told }));
  }

  /** Makes an invoice whose money is there at once. */
  async invoice(amountMsat: Msat, expirySeconds = INVOICE_SECONDS): Promise<Asked> {
    const { wallet } = this.parts;
    const made = await reach(() => wallet.makeInvoice({ amountMsat, expirySeconds }));
    return this.#asked({ bolt11: made.bolt11 ?? '', paymentHash: made.paymentHash, preimage: null });
  }

  /** Makes an invoice whose money is locked until the preimage is shown. */
  async holdInvoice(amountMsat: Msat): Promise<Asked> {
    const { wallet } = this.parts;
    let preimage = '';
    const { bolt11, paymentHash } = await reach(() => {
      const secret = randomBytes(32);
      preimage = bytesToHex(secret);
      const hash = bytesToHex(sha256(secret));
      const terms = { amountMsat, description: 'a job', expirySeconds: INVOICE_SECONDS };
      return wallet.makeHoldInvoice({ ...terms, paymentHash: hash });
    });
    return this.#asked({ bolt11: bolt11 ?? '', paymentHash, preimage });
  }

  /** Takes locked money. */
  async settle({ preimage }: Asked): Promise<void> {
    if (preimage !== null) await reach(() => this.parts.wallet.settleHold({ preimage }));
  }

  /** Gives locked money back. */
  async giveBack({ paymentHash }: Asked): Promise<void> {
    await reach(() => this.parts.wallet.cancelHold({ paymentHash }));
  }

  /** Locks content for the customer to a preimage. */
  lock(content: string, preimage: string): Promise<string> {
    const { signer, request } = this.parts;
    const entropy = randomBytes(56);
    return lockReveal({ content, preimage, peerPubkey: request.pubkey, ciphers: signer, entropy });
  }

  async #publish(template: EventTemplate): Promise<void> {
    await this.parts.publish(await this.parts.signer.sign(template));
  }

  #asked(asked: Asked): Asked {
    this.parts.onAsked(asked);
    return asked;
  }
}
