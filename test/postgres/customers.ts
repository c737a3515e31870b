import { findTag, msat, type NostrEvent } from '../../src/protocol/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { NwcMarket } from '../fixtures/nwc-market.ts';
import { SOLD, type SoldBy } from './sold.ts';

/** What became of one request, as anybody can see it on the relay. */
export interface AskedJob {
  readonly requestId: string;
  readonly by: SoldBy;
  /** Ids of the results that the provider published. */
  readonly results: Set<string>;
  /** The invoices that it asked to be paid. */
  readonly invoices: Set<string>;
}

/** Customers that ask, pay the first invoice that they are shown, and count what comes. */
export interface Customers {
  readonly jobs: ReadonlyMap<string, AskedJob>;
  ask(by: SoldBy, text: string): Promise<AskedJob>;
  /** Resolves when no more than so many of the jobs that were asked for have no result yet. */
  served(allBut?: number): Promise<void>;
  /** Resolves when no payment is under way. */
  paid(): Promise<void>;
}

/** Ten customers of one provider, as one program that asks for nothing but what NIP-90 has. */
export async function bringCustomers(
  market: NwcMarket,
  providerPubkey: string,
  signal: AbortSignal,
): Promise<Customers> {
  const { url } = market.relay;
  const pool = market.openPool();
  const wallet = market.bankWallet('customer');
  const signers = Array.from({ length: 10 }, () => secretKeySigner(generateSecretKey()));
  const jobs = new Map<string, AskedJob>();
  const paying = new Set<Promise<unknown>>();
  let unserved = 0;
  let asked = 0;
  let moved = Promise.withResolvers<void>();
  const over = rejectsWhen(signal);
  over.catch(() => undefined); // whoever waits hears of it

  const pay = (bolt11: string) => {
    const attempt = wallet.pay({ bolt11, feeLimitMsat: msat(5_000n) }).finally(() => paying.delete(attempt));
    paying.add(attempt);
  };
  /** A relay that is too busy to answer is sent the same event again. */
  const publish = async (request: NostrEvent) => {
    for (;;) {
      const [receipt] = await pool.publish(request, [url], { signal });
      if (receipt?.outcome === 'accepted' || receipt?.outcome === 'duplicate') return;
      if (receipt?.outcome === 'refused')
        throw new Error(`The relay did not take a request: ${receipt.message}`);
      signal.throwIfAborted();
    }
  };
  const hear = (event: NostrEvent) => {
    const job = jobs.get(findTag(event, 'e')?.[1] ?? '');
    if (job === undefined) return;
    if (event.kind !== 7000) {
      if (job.results.size === 0) unserved -= 1;
      job.results.add(event.id);
      moved.resolve();
      moved = Promise.withResolvers();
      return;
    }
    const bolt11 = findTag(event, 'amount')?.[2];
    if (bolt11 === undefined || job.invoices.has(bolt11)) return;
    if (job.invoices.size === 0) pay(bolt11);
    job.invoices.add(bolt11);
  };
  await pool.subscribe({
    relays: [url],
    filters: [
      { kinds: [7000, ...Object.values(SOLD).map((kind) => kind + 1000)], authors: [providerPubkey] },
    ],
    onEvent: hear,
    signal,
  });

  return {
    jobs,
    async ask(by, text) {
      const signer = signers[asked++ % signers.length];
      if (signer === undefined) throw new Error('There is no customer.');
      const request = await signer.sign({
        kind: SOLD[by],
        created_at: Math.floor(Date.now() / 1000),
        tags: [
          ['i', text, 'text'],
          ['p', providerPubkey],
          ['relays', url],
          ...(by === 'free' ? [] : [['exchange', by]]),
        ],
        content: '',
      });
      const job: AskedJob = { requestId: request.id, by, results: new Set(), invoices: new Set() };
      jobs.set(request.id, job);
      unserved += 1;
      await publish(request);
      return job;
    },
    async served(allBut = 0) {
      while (unserved > allBut) {
        signal.throwIfAborted();
        await Promise.race([moved.promise, over]);
      }
    },
    async paid() {
      while (paying.size > 0) await Promise.race([Promise.allSettled(paying), over]);
    },
  };
}

function rejectsWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
