import { randomBytes } from 'node:crypto';
import { fastSecretKeySigner } from '../src/keys/node.ts';
import type { Signer } from '../src/keys/index.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  type ExchangeMode,
  type NostrEvent,
} from '../src/protocol/index.ts';

/** Which kind of job our provider sells by which mode. */
export const MODE_KINDS = {
  free: 5050,
  hold: 5051,
  prepay: 5053,
  postpay: 5054,
  sample: 5055,
  reveal: 5056,
  zap: 5057,
  'ecash-htlc': 5058,
  nutzap: 5059,
} as const satisfies Partial<Record<ExchangeMode, number>>;

/** An exchange mode that is measured. */
export type Mode = keyof typeof MODE_KINDS;

/** Sold for free, and passed on by bare parts only. */
export const FREE_KIND = MODE_KINDS.free;
export const HOP_KIND = 5052;

/** What every job of the benchmark works on and brings: 300 and 600 characters. */
export const INPUT_TEXT = 'A vending machine sells to whoever puts a coin into it. '.repeat(6).slice(0, 300);
export const RESULT_TEXT = 'The machine gives what was paid for, or the coin back. '.repeat(11).slice(0, 600);

/** The events of one free job, signed beforehand. */
export interface SignedJob {
  readonly request: NostrEvent;
  readonly processing: NostrEvent;
  readonly result: NostrEvent;
}

/** Makes keys for one run. */
export function newSigner(): Signer {
  return fastSecretKeySigner(randomBytes(32));
}

/** Signs free jobs of the shape and size that our customer and our provider publish. */
export async function signJobs(
  count: number,
  job: {
    readonly kind: number;
    readonly customer: Signer;
    readonly provider: Signer;
    readonly relayUrl: string;
  },
): Promise<SignedJob[]> {
  const jobs: SignedJob[] = [];
  for (let made = 0; made < count; made++) {
    const request = await signRequest({ ...job, target: job.provider.pubkey });
    const createdAt = request.created_at;
    const times = { usualSeconds: 5, worstSeconds: 50 };
    jobs.push({
      request,
      processing: await job.provider.sign(
        buildFeedback({ request, status: 'processing', exchange: 'free', ...times, createdAt }),
      ),
      result: await job.provider.sign(buildResult({ request, content: RESULT_TEXT, createdAt })),
    });
  }
  return jobs;
}

/** Signs a request for free work as our customer does. */
export async function signRequest(wish: {
  readonly kind: number;
  readonly customer: Signer;
  readonly target: string;
  readonly relayUrl: string;
}): Promise<NostrEvent> {
  const createdAt = Math.floor(Date.now() / 1000);
  const template = buildJobRequest({
    kind: wish.kind,
    inputs: [{ data: INPUT_TEXT, type: 'text', relay: null, marker: null }],
    params: new Map(),
    outputs: [],
    relays: [wish.relayUrl],
    targets: [wish.target],
    exchanges: ['hold', 'free'],
    content: '',
    chain: new Map(),
    createdAt,
    expiresAt: createdAt + 120,
  });
  const salt = ['salt', randomBytes(8).toString('hex')];
  return wish.customer.sign({ ...template, tags: [...template.tags, salt] });
}
