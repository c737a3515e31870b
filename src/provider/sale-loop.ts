import { pause } from '../clock/index.ts';
import { isFinalWork, type Sale, type SaleReceipt } from '../ledger/index.ts';
import {
  findTag,
  isJobResultKind,
  type Failure,
  type JobRequest,
  type Msat,
  type NostrEvent,
} from '../protocol/index.ts';
import type { AdmissionDesk } from './admission-desk.ts';
import { takeDraw } from './balance/take-draw.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';
import { isInOtherHands, nextMove, requestInAnyCase, withRequest, type Stages } from './next-move.ts';
import type { OpenSales } from './open-sales.ts';
import type { RivalBook } from './pricing/index.ts';
import { takeLatePayment } from './payment/check-payment.ts';
import { isPaidByLock } from './payment/invoice.ts';
import { receiveMoney } from './payment/receive-money.ts';
import { takeToken } from './payment/token.ts';
import { endWithError } from './refuse.ts';
import { isOpenToRequote, requote } from './requote.ts';
import { createWorkQueue } from './work-queue.ts';
import { work } from './work.ts';

/** Drives sales: whatever happens only says "look at this sale again", and `nextMove` decides from its state. */
export interface SaleLoop {
  /** Looks at all open sales now and every `sweepSeconds`. */
  start(): void;
  /** Looks at one sale, after whatever is under way for it; as it was just read, when nothing is. */
  step(requestId: string, justRead: Sale | null): void;
  /** Claims waiting work of the service; see `WorkQueue`. */
  claim(service: Service): void;
  paymentNoticed(paymentHash: string): void;
  /** Books money that another rail than the sale's own invoice brought. */
  moneyReceived(sale: Sale, receipt: SaleReceipt): Promise<void>;
  /** Takes the locked ecash that a customer sent for its sale. */
  tokenReceived(sale: Sale, token: string): Promise<void>;
  /** Charges the balance of a customer that agreed to that amount for its sale. */
  drawAgreed(sale: Sale, amountMsat: Msat): Promise<void>;
  resultPublished(event: NostrEvent): void;
  /** Ends a sale for its customer and stops its work. */
  cancel(sale: Sale): Promise<void>;
  /** Takes an offer back that nobody has paid, to make room; whoever pays it all the same gets the money back. */
  giveUp(requestId: string): Promise<void>;
  /** Runs a step of a sale that a person has decided on, after whatever is under way for it, and goes on from there. */
  exclusive(requestId: string, run: () => Promise<void>): Promise<void>;
  /** Asks less for an open offer where its service's pricing follows what others ask. */
  requote(requestId: string): void;
  /** Learns of all open sales, of earlier processes too, before anything depends on how many there are. */
  countOpenSales(): Promise<void>;
  /** Reports an error that no stage expected, about a sale or the request of that id; the next sweep looks at the sale again. */
  broke(error: unknown, about: Sale | string | null): void;
  /** Claims nothing more and waits until what runs is delivered and paid, or given back; at most `graceMs`. */
  finishRunning(graceMs: number): Promise<void>;
  /** Waits, after the context's signal aborted, until nothing is under way. */
  stopped(): Promise<void>;
}

/** Makes the loop of one provider. */
export function createSaleLoop(
  context: ProviderContext,
  parts: { readonly sales: OpenSales; readonly admission: AdmissionDesk; readonly rivals: RivalBook },
): SaleLoop {
  const { sales, admission, rivals } = parts;
  const stepping = new Map<string, Promise<void>>();
  const running = new Map<string, { serviceId: string; cancel: AbortController; done: Promise<void> }>();
  /** Sales that run here, and whose file anybody can read before its result is out: too late to cancel them. */
  const readable = new Set<string>();
  /** Sales that were cancelled while another process had them in its hands: should it die, they are not worked on here. */
  const cancelledElsewhere = new Set<string>();
  const lookedAt = new Map<string, number>();
  /** Sales whose work is over while their result or money is still on its way. */
  const finishing = new Set<string>();
  let moved = Promise.withResolvers<void>();
  const queue = createWorkQueue(context, {
    busy: (service) => [...running.values()].filter(({ serviceId }) => serviceId === service.id).length,
    run: (sale) => runWork(sale),
    onError: (error) => loop.broke(error, null),
  });

  const loop: SaleLoop = {
    start() {
      const sweeping = { current: false };
      const run = () => {
        if (sweeping.current || context.signal.aborted) return;
        sweeping.current = true;
        sweep()
          .catch((error: unknown) => loop.broke(error, null))
          .finally(() => (sweeping.current = false));
      };
      run();
      const timer = setInterval(run, context.limits.sweepSeconds * 1000);
      const stopHearing = context.ledger.hearOfWork(() =>
        context.services.forEach((service) => queue.claim(service)),
      );
      const stop = () => {
        clearInterval(timer);
        stopHearing();
      };
      context.signal.addEventListener('abort', stop, { once: true });
    },
    step(requestId, justRead) {
      const known = stepping.has(requestId) ? null : justRead;
      void track(requestId, () => stepUntilQuiet(requestId, known));
    },
    claim: (service) => queue.claim(service),
    paymentNoticed(paymentHash) {
      void guarded(async () => {
        const sale = await context.ledger.sales.byPaymentHash(paymentHash);
        if (sale?.providerPubkey !== context.signer.pubkey) return;
        if (sale.money === 'quoted' || isPaidByLock(sale.exchange)) return loop.step(sale.requestId, sale);
        await track(sale.requestId, async () => {
          const request = await requestInAnyCase(context, sale);
          if (request !== null) await takeLatePayment(context, sale, request);
          await stepUntilQuiet(sale.requestId, null);
        });
      });
    },
    moneyReceived: (sale, receipt) =>
      paid(sale, (current, request) => receiveMoney(context, current, request, receipt)),
    tokenReceived: (sale, token) =>
      paid(sale, (current, request) => takeToken(context, current, request, token)),
    drawAgreed: (sale, amountMsat) =>
      paid(sale, (current, request) => takeDraw(context, current, request, amountMsat)),
    resultPublished(event) {
      const requestId = isJobResultKind(event.kind) ? findTag(event, 'e')?.[1] : undefined;
      if (requestId && event.pubkey === context.signer.pubkey) loop.step(requestId, null);
    },
    cancel(sale) {
      return track(sale.requestId, async () => {
        await endForCustomer(sale);
        await stepUntilQuiet(sale.requestId, null);
      });
    },
    giveUp(requestId) {
      return track(requestId, async () => {
        const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
        const isOffered = sale?.work === 'accepted' && sale.money === 'quoted';
        if (sale === null || (sale.work !== 'received' && !isOffered)) return;
        const request = await requestInAnyCase(context, sale);
        const end = { work: isOffered ? 'expired' : 'refused', failure: CROWDED_OUT } as const;
        if (request !== null) await endWithError(context, sale, request, end);
        await stepUntilQuiet(requestId, null);
      });
    },
    exclusive: (requestId, run) =>
      track(requestId, async () => {
        await run();
        await stepUntilQuiet(requestId, null);
      }),
    requote(requestId) {
      if (!context.speaks()) return; // else every process would have the wallet make an invoice
      void track(requestId, async () => {
        const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
        if (sale !== null && isOpenToRequote(sale))
          await withRequest(context, sale, (request) => requote(stages, sale, request));
        await stepUntilQuiet(requestId, null);
      });
    },
    async countOpenSales() {
      for await (const page of openPages()) for (const sale of page) note(sale);
    },
    broke(error, about) {
      if (context.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      const trouble = { code: 'provider-broke', message };
      if (typeof about === 'string') context.onTrouble({ ...trouble, data: { requestId: about } }, null);
      else context.onTrouble(trouble, about);
    },
    async finishRunning(graceMs) {
      queue.stop();
      const waited = new AbortController();
      await Promise.race([allFinished(), pause(graceMs, waited.signal)]);
      waited.abort();
    },
    async stopped() {
      await queue.idle();
      await Promise.all([...running.values()].map(({ done }) => done));
      await Promise.all(stepping.values());
    },
  };
  const stages: Stages = { context, admission, rivals, wantWork, serviceOf };
  return loop;

  /**
   * A lease renewed in between makes the first look stale, so it looks again a few times. Whoever could cancel when the
   * file stands at its servers would have it for nothing.
   */
  async function endForCustomer(sale: Sale): Promise<void> {
    for (let tries = 0; tries < 5 && !readable.has(sale.requestId); tries++) {
      const current = await context.ledger.sales.get(sale.providerPubkey, sale.requestId);
      if (!current || !['received', 'accepted', 'working'].includes(current.work)) return;
      if (isWorkedOnElsewhere(current)) return void cancelledElsewhere.add(sale.requestId);
      const request = await requestInAnyCase(context, current);
      if (request === null) return;
      const ended = await endWithError(context, current, request, CANCELLED);
      if (ended) return running.get(sale.requestId)?.cancel.abort(new Error('cancelled'));
    }
  }

  /** Another process has the work in its hands: it hears the customer too, and knows whether the result can be read yet. */
  function isWorkedOnElsewhere({ requestId, lease }: Sale): boolean {
    const isLeased = lease !== null && lease.expiresAt > context.now();
    return context.ledger.isShared && isLeased && !running.has(requestId);
  }

  /** Takes a payment that came by itself, and goes on with the sale. */
  function paid(
    sale: Sale,
    take: (current: Sale, request: JobRequest) => Promise<Sale | null>,
  ): Promise<void> {
    return track(sale.requestId, async () => {
      const current = await context.ledger.sales.get(sale.providerPubkey, sale.requestId);
      const request = current && (await requestInAnyCase(context, current));
      if (current && request) await take(current, request);
      await stepUntilQuiet(sale.requestId, null);
    });
  }

  async function allFinished(): Promise<void> {
    await queue.idle();
    while (running.size + finishing.size > 0) await moved.promise;
  }

  async function guarded(run: () => Promise<void>, sale: Sale | null = null): Promise<void> {
    if (context.signal.aborted) return;
    try {
      await run();
    } catch (error) {
      loop.broke(error, sale);
    }
  }

  /** Runs one thing at a time for each sale. */
  function track(requestId: string, run: () => Promise<void>): Promise<void> {
    const after = (stepping.get(requestId) ?? Promise.resolve()).then(() => guarded(run));
    stepping.set(requestId, after);
    void after.finally(() => {
      if (stepping.get(requestId) === after) stepping.delete(requestId);
    });
    return after;
  }

  async function stepUntilQuiet(requestId: string, known: Sale | null): Promise<void> {
    let sale = known ?? (await context.ledger.sales.get(context.signer.pubkey, requestId));
    while (sale && !context.signal.aborted) {
      note(sale);
      if (sale.money === 'quoted') lookedAt.set(sale.requestId, context.now());
      sale = await nextMove(stages, sale);
    }
  }

  function note(sale: Sale): void {
    if (ENDED_EARLY.has(sale.work)) running.get(sale.requestId)?.cancel.abort(new Error(sale.work));
    if (isOver(sale)) forget(sale.requestId);
    else {
      sales.note(sale);
      finishing[isFinishing(sale) ? 'add' : 'delete'](sale.requestId);
    }
    tellMoved();
  }

  function forget(requestId: string): void {
    sales.forget(requestId);
    for (const remembered of [lookedAt, finishing, cancelledElsewhere]) remembered.delete(requestId);
  }

  function tellMoved(): void {
    moved.resolve();
    moved = Promise.withResolvers();
  }

  function serviceOf(sale: Sale): Service | undefined {
    return context.services.find(({ id }) => id === sale.serviceId);
  }

  /** A sale that is opened with its answer is claimed in the same commit, and may run by now. */
  function wantWork(sale: Sale): void {
    const service = serviceOf(sale);
    if (service && !running.has(sale.requestId)) queue.claim(service);
  }

  function runWork(sale: Sale): void {
    const service = serviceOf(sale);
    if (!service) return;
    // Still running here: the clock jumped or the machine slept past the lease, and only the new one can deliver.
    running.get(sale.requestId)?.cancel.abort(new Error('lease-lost'));
    context.onChange(sale);
    note(sale);
    const cancel = new AbortController();
    const startedAtMs = performance.now();
    const done = runClaimed(sale, service, cancel.signal).then((worked) => {
      if (worked?.work === 'ready') sales.learnDuration(service.id, (performance.now() - startedAtMs) / 1000);
      if (running.get(sale.requestId)?.done === done)
        for (const here of [running, readable]) here.delete(sale.requestId);
      if (worked) note(worked);
      tellMoved();
      if (worked?.work !== 'ready') loop.step(sale.requestId, worked); // a result steps it once it is public
      queue.roomFreed(service);
    });
    running.set(sale.requestId, { serviceId: service.id, cancel, done });
  }

  async function runClaimed(sale: Sale, service: Service, cancelled: AbortSignal): Promise<Sale | null> {
    let worked: Sale | null = null;
    await guarded(async () => {
      worked = await withRequest(context, sale, (request) =>
        cancelledElsewhere.has(sale.requestId)
          ? endWithError(context, sale, request, CANCELLED)
          : work(
              context,
              sale,
              { request, service, onReadable: () => readable.add(sale.requestId) },
              cancelled,
            ),
      );
    }, sale);
    // What stopping interrupts is free at once for whoever comes next, and was no attempt that failed.
    if (context.signal.aborted) await context.ledger.sales.returnWork(sale).catch(() => undefined); // or its lease runs out
    return worked;
  }

  /** Looks at every open sale, page by page: what a crash, a lost notice or a silent wallet left behind. */
  async function sweep(): Promise<void> {
    for (const service of context.services) queue.claim(service);
    const gone = new Set([...sales.bookedRequestIds(), ...cancelledElsewhere]);
    for await (const page of openPages()) {
      for (const sale of page) {
        note(sale);
        gone.delete(sale.requestId);
      }
      await Promise.all(
        page.filter(isDue).map(({ requestId }) => track(requestId, () => stepUntilQuiet(requestId, null))),
      );
    }
    if (!context.signal.aborted) for (const requestId of gone) forget(requestId); // ended by another process
  }

  async function* openPages(): AsyncGenerator<Sale[]> {
    for (let page: Sale[] | null = null; page === null || page.length === SWEEP_PAGE;) {
      const after: Sale | undefined = page?.at(-1);
      page = await context.ledger.sales.listOpen({
        providerPubkey: context.signer.pubkey,
        limit: SWEEP_PAGE,
        ...(after ? { after } : {}),
      });
      yield page;
      if (context.signal.aborted) return;
    }
  }

  /** The wallet is asked about an unpaid offer less and less often; its notices come at once. */
  function isDue(sale: Sale): boolean {
    if (isInOtherHands(context, sale)) return false;
    if (sale.money !== 'quoted' || (sale.work === 'ready' && sale.exchange !== 'sample')) return true;
    const now = context.now();
    if (now > (sale.quote?.validUntil ?? 0)) return true;
    const lookEvery = Math.min(120, Math.max(context.limits.sweepSeconds, (now - sale.updatedAt) / 4));
    return now - (lookedAt.get(sale.requestId) ?? 0) >= lookEvery;
  }
}

/** How a sale ends that its customer cancels. */
const CANCELLED = {
  work: 'cancelled',
  failure: { code: 'cancelled', message: 'The customer cancelled the job.' },
} as const;

/** What the customer of an offer is told that makes room for others. */
const CROWDED_OUT: Failure = {
  code: 'over-capacity',
  message: 'Others who have paid here, or shown more work, need the room; ask again later.',
};

/** How work ends that brings nothing: whoever is still at it here stops. */
const ENDED_EARLY: ReadonlySet<Sale['work']> = new Set(['failed', 'expired', 'cancelled']);

/** Open sales looked at together. */
const SWEEP_PAGE = 50;

/** Whether the work is over while the result or the money is still on its way, and will be there soon. */
function isFinishing(sale: Sale): boolean {
  if (sale.work === 'ready') return sale.exchange !== 'sample' || sale.money !== 'quoted';
  if (sale.money === 'settling') return true;
  return ['delivered', 'cancelled', 'expired', 'failed'].includes(sale.work) && sale.money === 'locked';
}

/** Money in these states still goes somewhere. */
const OPEN_MONEY: readonly Sale['money'][] = ['quoted', 'locked', 'settling', 'refund-due', 'refunding'];

/** Whether nothing more will happen to the sale by itself. */
function isOver(sale: Sale): boolean {
  return isFinalWork(sale.work) && !OPEN_MONEY.includes(sale.money);
}
