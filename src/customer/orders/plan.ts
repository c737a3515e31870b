import { msat } from '../../protocol/index.ts';
import type { Wish } from '../wish.ts';
import type { OrderWish, ResultComparison } from './order.ts';

/** What an order asks for, as far as it outlives the process. */
export interface OrderPlan {
  readonly wish: Omit<Wish, 'approval' | 'idempotencyKey' | 'policy' | 'signal'>;
  /** Providers that are asked and paid at once, and results that must be the same. */
  readonly ask: number;
  readonly agree: number;
  /** `own`: a judgement of the caller, which only lives as long as its process. */
  readonly compare: Exclude<ResultComparison, (one: string, other: string) => boolean> | 'own';
  readonly hedgeAfter: 'usual' | 'worst' | number | null;
  readonly rescues: number;
  /** For each purchase. */
  readonly deadlineSeconds: number;
}

const DEFAULT_DEADLINE_SECONDS = 120;
const DEFAULT_RESCUES = 2;

/** The durable part of an order. */
export function planOf({ wish, redundancy, hedge, rescues }: OrderWish): OrderPlan {
  const { policy: _policy, signal: _signal, ...lasting } = wish;
  const compare = redundancy?.compare ?? 'exact';
  return {
    wish: lasting,
    ask: redundancy?.ask ?? 1,
    agree: redundancy?.agree ?? 1,
    compare: typeof compare === 'function' ? 'own' : compare,
    hedgeAfter: hedge?.after ?? null,
    rescues: rescues ?? DEFAULT_RESCUES,
    deadlineSeconds: wish.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS,
  };
}

/** A plan as the ledger keeps it. */
interface StoredPlan extends Omit<OrderPlan, 'wish'> {
  readonly wish: Omit<OrderPlan['wish'], 'maxAmountMsat' | 'chain'> & {
    readonly maxAmountMsat: string;
    readonly chain: readonly (readonly [string, string])[];
  };
}

/** The plan as text for the ledger. */
export function storedPlan(plan: OrderPlan): string {
  const { wish } = plan;
  const stored: StoredPlan = {
    ...plan,
    wish: { ...wish, maxAmountMsat: wish.maxAmountMsat.toString(), chain: [...(wish.chain ?? [])] },
  };
  return JSON.stringify(stored);
}

/** Reads a stored plan. Throws when it is damaged. */
export function readPlan(text: string): OrderPlan {
  const stored: unknown = JSON.parse(text);
  if (!isStoredPlan(stored)) throw new Error('The ledger holds a damaged order.');
  const { wish } = stored;
  return {
    ...stored,
    wish: { ...wish, maxAmountMsat: msat(BigInt(wish.maxAmountMsat)), chain: new Map(wish.chain) },
  };
}

function isStoredPlan(value: unknown): value is StoredPlan {
  if (typeof value !== 'object' || value === null || !('wish' in value) || !('compare' in value))
    return false;
  const counts = ['ask', 'agree', 'rescues', 'deadlineSeconds'];
  const fields = new Map<string, unknown>(Object.entries(value));
  if (!counts.every((name) => Number.isSafeInteger(fields.get(name)))) return false;
  const { wish } = value;
  if (typeof wish !== 'object' || wish === null) return false;
  return (
    'maxAmountMsat' in wish && typeof wish.maxAmountMsat === 'string' && 'chain' in wish && 'kind' in wish
  );
}
