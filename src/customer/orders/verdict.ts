import type { OrderFailureCode } from './order-errors.ts';

/** What an order came to. */
export type OrderVerdict =
  | {
      readonly type: 'fulfilled';
      /** The purchase whose result won. */
      readonly requestId: string;
      readonly why: readonly string[];
    }
  | {
      readonly type: 'failed';
      readonly code: OrderFailureCode;
      readonly message: string;
      /** Purchases whose results disagree. */
      readonly requestIds: readonly string[];
    };

/** Reads a stored verdict. Throws when it is damaged. */
export function readVerdict(text: string): OrderVerdict {
  const stored: unknown = JSON.parse(text);
  if (isVerdict(stored)) return stored;
  throw new Error('The ledger holds a damaged verdict.');
}

function isVerdict(value: unknown): value is OrderVerdict {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return value.type === 'fulfilled' ? 'requestId' in value : value.type === 'failed' && 'code' in value;
}
