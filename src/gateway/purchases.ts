import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type {
  Customer,
  PurchaseFailureCode,
  PurchaseHandle,
  PurchaseUpdate,
  Receipt,
  SupportedExchange,
  Wish,
  WishFailureCode,
} from '../customer/index.ts';
import { success, type Msat, type Outcome } from '../protocol/index.ts';
import type { JobOrder } from './job-order.ts';

/** What is asked on the market for a job of the gateway. */
export interface MarketWish {
  /** The job, and how often the market was asked anew for it. */
  readonly jobId: string;
  readonly attempt: number;
  readonly order: JobOrder;
  /** The modes that are asked for; `null` for all that there are. */
  readonly exchanges: readonly SupportedExchange[] | null;
  /** The most that an offer may ask. */
  readonly maxAmountMsat: Msat;
  readonly deadlineSeconds: number;
}

/** A request on the market, followed. */
export interface FollowedPurchase {
  readonly handle: PurchaseHandle;
  /** How it ended; `null` while it has not. */
  outcome: Outcome<Receipt, PurchaseFailureCode> | null;
  /** Nothing more can happen to it, or the customer closed. */
  isOver: boolean;
}

/** The market's side of all jobs: each attempt of a job is one purchase, also after a restart. */
export interface Purchases {
  /** Asks the market, or goes on with what was asked before. Nothing is bought before an offer is approved. */
  open(wish: MarketWish): Promise<Outcome<FollowedPurchase, WishFailureCode>>;
  /** Forgets what was followed for a job that is decided. */
  forget(jobId: string): void;
}

/** Follows purchases, and tells of their updates and ends by the id of their job. */
export function followPurchases(
  customer: Customer,
  listener: {
    /** `isTaken`: an offer was taken, so what its provider shows is meant for whoever pays for it. */
    readonly onUpdate: (jobId: string, update: PurchaseUpdate, isTaken: boolean) => void;
    /** There is an outcome, or nothing more can happen. */
    readonly onEnd: (jobId: string) => void;
  },
): Purchases {
  /** By job, the latest attempt of each. */
  const followed = new Map<string, { readonly attempt: number; readonly purchase: FollowedPurchase }>();

  /** The first ends with the outcome, the second when nothing more can happen. Closing the customer ends both. */
  function follow(jobId: string, purchase: FollowedPurchase): void {
    const { handle } = purchase;
    void handle.result().then((outcome) => {
      purchase.outcome = outcome;
      listener.onEnd(jobId);
    });
    void (async () => {
      for await (const update of handle.events())
        listener.onUpdate(jobId, update, handle.comparison().state !== 'requested');
      purchase.isOver = true;
      listener.onEnd(jobId);
    })();
  }

  return {
    async open(wish) {
      const { jobId, attempt } = wish;
      const known = followed.get(jobId);
      if (known?.attempt === attempt) return success(known.purchase);
      const bought = await customer.buy(wishOf(wish));
      if (!bought.ok) return bought;
      const purchase: FollowedPurchase = { handle: bought.value, outcome: null, isOver: false };
      followed.set(jobId, { attempt, purchase });
      follow(jobId, purchase);
      return success(purchase);
    },
    forget: (jobId) => void followed.delete(jobId),
  };
}

function wishOf({ jobId, attempt, order, exchanges, maxAmountMsat, deadlineSeconds }: MarketWish): Wish {
  return {
    kind: order.kind,
    inputs: order.inputs.map(({ data, type, relay, marker }) => ({
      data,
      type,
      ...(relay === null ? {} : { relay }),
      ...(marker === null ? {} : { marker }),
    })),
    params: order.params,
    outputs: order.output === null ? [] : [order.output],
    maxAmountMsat,
    deadlineSeconds,
    ...(exchanges === null ? {} : { exchanges }),
    ...(order.provider === null ? {} : { targets: [order.provider] }),
    ...(order.encrypted ? { encrypted: true as const } : {}),
    approval: 'ask',
    idempotencyKey: `gateway ${nameOf(jobId)} ${attempt}`,
  };
}

/** The id of a job is the right to see it, so the books of the customer have only its hash. */
function nameOf(jobId: string): string {
  return bytesToHex(sha256(utf8ToBytes(jobId))).slice(0, 32);
}
