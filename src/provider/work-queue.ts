import type { Sale } from '../ledger/index.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';

/** Takes waiting work out of the ledger for this process, never more than the services have room for. */
export interface WorkQueue {
  /**
   * Claims waiting work of the service; a call during a claim makes it look once more. Called right after a
   * sale was handed to the ledger, the claim becomes part of the commit that accepts the sale.
   */
  claim(service: Service): void;
  /** A job of the service has ended: claims again if work was left waiting for room. */
  roomFreed(service: Service): void;
  /** Claims nothing any more. */
  stop(): void;
  /** Resolves when no claim is under way. */
  idle(): Promise<void>;
}

/** Makes the queue of one provider. */
export function createWorkQueue(
  context: ProviderContext,
  worker: {
    /** How many jobs of the service run now. */
    readonly busy: (service: Service) => number;
    /** Starts a claimed job. */
    readonly run: (sale: Sale) => void;
    readonly onError: (error: unknown) => void;
  },
): WorkQueue {
  const owner = crypto.randomUUID();
  const wanted = new Set<Service>();
  /** Services whose waiting work did not all fit. */
  const overfull = new Set<Service>();
  let claiming: Promise<void> | null = null;
  let isStopped = false;

  const claimOnce = async (service: Service) => {
    const limit = service.concurrency - worker.busy(service);
    if (limit <= 0) {
      overfull.add(service);
      return;
    }
    const claimed = await context.ledger.sales.claimWork({
      providerPubkey: context.signer.pubkey,
      serviceIds: [service.id],
      owner,
      leaseSeconds: context.limits.leaseSeconds,
      limit,
    });
    if (claimed.length < limit) overfull.delete(service);
    else overfull.add(service);
    for (const sale of claimed) worker.run(sale);
  };

  const claimWanted = async () => {
    while (wanted.size > 0 && !isStopped && !context.signal.aborted) {
      const services = [...wanted];
      wanted.clear();
      await Promise.all(services.map((service) => claimOnce(service).catch(worker.onError)));
    }
    claiming = null;
  };

  const queue: WorkQueue = {
    claim(service) {
      wanted.add(service);
      claiming ??= claimWanted();
    },
    roomFreed(service) {
      if (overfull.has(service)) queue.claim(service);
    },
    stop() {
      isStopped = true;
    },
    async idle() {
      await claiming;
    },
  };
  return queue;
}
