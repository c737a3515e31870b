import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Signer } from '../../src/keys/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import type { Wallet } from '../../src/money/index.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  buildReview,
  msat,
  orThrow,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { secretFor } from './draws.ts';

/** So many customers have publicly praised whoever is praised, each for one job. */
const VOICES = 3;
const PRICE_MSAT = msat(20_000n);

/**
 * Jobs that a provider seems to have done well for customers nobody knows, each with a review that shows its payment.
 * Of an honest provider these would be true; made up, as here, they cost nothing and look the same.
 */
export async function praiseOf(told: {
  readonly seed: number;
  readonly name: string;
  readonly signer: Signer;
  readonly wallet: Wallet;
  readonly kind: number;
  readonly now: number;
}): Promise<NostrEvent[]> {
  const { seed, name, signer, wallet, kind, now: createdAt } = told;
  const events: NostrEvent[] = [];
  const add = async (author: Signer, template: Parameters<Signer['sign']>[0]) => {
    const event = await author.sign(template);
    events.push(event);
    return event;
  };
  for (let voice = 0; voice < VOICES; voice++) {
    const customer = fastSecretKeySigner(secretFor(seed, name, 'voice', voice));
    const preimage = randomBytes(32);
    const paymentHash = bytesToHex(sha256(preimage));
    const terms = { amountMsat: PRICE_MSAT, paymentHash, description: 'praise', expirySeconds: 86_400 };
    const bolt11 = orThrow(await wallet.makeHoldInvoice(terms)).bolt11 ?? '';
    const request = await add(
      customer,
      buildJobRequest({
        kind,
        inputs: [{ data: `fox ${voice}`, type: 'text', relay: null, marker: null }],
        params: new Map(),
        outputs: [],
        relays: [],
        createdAt,
      }),
    );
    const asks = { status: 'payment-required', exchange: 'hold', amountMsat: PRICE_MSAT, bolt11 } as const;
    await add(signer, buildFeedback({ request, createdAt, ...asks }));
    const reviewed = await add(
      signer,
      buildResult({ request, content: `a fox for ${name} ${voice}`, createdAt }),
    );
    const payment = { bolt11, preimage: bytesToHex(preimage) };
    await add(customer, buildReview({ reviewed, rating: 1, createdAt, payment }));
  }
  return events;
}
