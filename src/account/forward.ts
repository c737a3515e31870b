import { pause } from '../clock/index.ts';
import { feeLimitOf } from '../money/index.ts';
import {
  failure,
  msat,
  success,
  ZERO_MSAT,
  type Failure,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { owedMsat } from './owed.ts';
import { tryLock } from './process-lock.ts';
import {
  finishWithdrawals,
  withdrawingAlone,
  withdrawNow,
  type Withdrawal,
  type WithdrawalFailureCode,
  type WithdrawalParts,
} from './withdraw.ts';

/** When earnings are forwarded, and where to. */
export interface ForwardRule {
  /** A lightning address or LNURL. */
  readonly to: string;
  /** Nothing is sent while there is no more than this, what customers are owed not counted. */
  readonly aboveMsat: Msat;
  /** So much stays in the wallet, besides what customers are owed. */
  readonly keepMsat: Msat;
  /** The most in any 24 hours, fees and all other payments of this key included. */
  readonly perDayMsat?: Msat;
}

/** What a forwarding loop is given. */
export interface ForwardOptions extends WithdrawalParts {
  readonly rule: ForwardRule;
  readonly onForwarded: (withdrawal: Withdrawal) => void;
  readonly onTrouble: (trouble: Failure) => void;
}

/** Without a notice of the wallet, and after a failure, it is looked again after this. */
const LOOK_AGAIN_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** A wallet may tell of money before its balance shows it. */
const SOON_MS = 2_000;
/** Whole sats are sent: many addresses take nothing else. */
const SAT = 1000n;

/**
 * Forwards earnings whenever there is more than the rule wants in the wallet, until the signal aborts: one payment
 * at a time, by one process, and never what customers are owed. Failures are told and tried again with growing
 * pauses. Fails at once with `already-forwarding` when another process does it.
 */
export async function forwardEarnings(options: ForwardOptions): Promise<Outcome<void, 'already-forwarding'>> {
  const { wallet, signal, onForwarded, onTrouble } = options;
  const lock = tryLock(options.dir, 'forward');
  if (lock === null)
    return failure('already-forwarding', 'Another process of this account forwards its earnings already.');
  let waking = new AbortController();
  let wasWoken = false;
  wallet.subscribe(({ type }) => {
    if (type === 'received') waking.abort();
  }, signal);
  try {
    for (let failures = 0; !signal.aborted;) {
      waking = new AbortController();
      const forwarded = await forwardOnce(options);
      if (signal.aborted) break;
      if (forwarded.ok && forwarded.value !== null) onForwarded(forwarded.value);
      if (!forwarded.ok) onTrouble(forwarded.failure);
      failures = forwarded.ok ? 0 : failures + 1;
      const afterFailures = Math.min(LOOK_AGAIN_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
      const mayWake = failures === 0 ? [signal, waking.signal] : [signal];
      await pause(wasWoken && failures === 0 ? SOON_MS : afterFailures, AbortSignal.any(mayWake));
      wasWoken = waking.signal.aborted;
    }
  } finally {
    lock.close();
  }
  return success(undefined);
}

/** Finishes what is open, or sends what is too much; `null` when there is nothing to do. */
function forwardOnce(
  options: WithdrawalParts & { readonly rule: ForwardRule },
): Promise<Outcome<Withdrawal | null, WithdrawalFailureCode>> {
  return withdrawingAlone(options, () => forwardNow(options));
}

async function forwardNow(
  options: WithdrawalParts & { readonly rule: ForwardRule },
): Promise<Outcome<Withdrawal | null, WithdrawalFailureCode>> {
  const { wallet, ledger, pubkey, rule, signal } = options;
  const finished = await finishWithdrawals(options);
  if (!finished.ok) return finished;
  if (finished.value[0] !== undefined) return success(finished.value[0]);
  const balance = await wallet.balance({ signal });
  if (!balance.ok) return balance;
  const oursMsat = balance.value.spendableMsat - (await owedMsat(ledger, pubkey));
  const amountMsat = oursMsat > rule.aboveMsat ? sendable(oursMsat - rule.keepMsat) : ZERO_MSAT;
  if (amountMsat === 0n) return success(null);
  return withdrawNow(options, {
    to: rule.to,
    amountMsat,
    purpose: 'forward',
    caps: rule.perDayMsat === undefined ? {} : { perDayMsat: rule.perDayMsat },
  });
}

/** The most in whole sats that leaves room for its own routing fee. */
function sendable(freeMsat: bigint): Msat {
  const wholeMsat = (freeMsat / SAT) * SAT;
  if (wholeMsat <= 0n) return ZERO_MSAT;
  const afterFee = wholeMsat - feeLimitOf(msat(wholeMsat));
  return afterFee <= 0n ? ZERO_MSAT : msat((afterFee / SAT) * SAT);
}
