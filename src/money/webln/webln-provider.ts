import { failure, success, type Outcome } from '../../protocol/index.ts';
import { asJsonObject, failureOfError, type JsonObject } from '../nwc-protocol.ts';
import type { WalletOutcome } from '../wallet.ts';

/** The methods of a WebLN provider (webln.guide) used here; wallets offer the optional ones as they like. */
export interface WeblnProvider {
  enable(): Promise<unknown>;
  sendPayment(paymentRequest: string): Promise<unknown>;
  makeInvoice?(terms: { readonly amount: number; readonly defaultMemo: string }): Promise<unknown>;
  lookupInvoice?(invoice: { readonly paymentHash: string }): Promise<unknown>;
  getBalance?(): Promise<unknown>;
}

const OPTIONAL = ['makeInvoice', 'lookupInvoice', 'getBalance'] as const;

/** Reads what a page found at `window.webln`. Fails with `no-webln-provider` when that is no wallet. */
export function readProvider(value: unknown): Outcome<WeblnProvider, 'no-webln-provider'> {
  return isProvider(value)
    ? success(value)
    : failure(
        'no-webln-provider',
        'This browser has no WebLN wallet: install one, or connect another wallet.',
      );
}

function isProvider(value: unknown): value is WeblnProvider {
  if (typeof value !== 'object' || value === null) return false;
  const member = (name: string): unknown => Reflect.get(value, name);
  return (
    typeof member('enable') === 'function' &&
    typeof member('sendPayment') === 'function' &&
    OPTIONAL.every((name) => member(name) === undefined || typeof member(name) === 'function')
  );
}

/** The time and signal that bound the wait for a wallet; it goes on by itself, for WebLN cannot cancel. */
export interface WeblnWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits for a wallet's answer; `null` when the time is up or the signal aborts first. Never rejects for those. */
export async function within<Value>(answer: Promise<Value>, wait: WeblnWait): Promise<Value | null> {
  const { promise: ended, resolve } = Promise.withResolvers<null>();
  const end = (): void => resolve(null);
  const timer = setTimeout(end, wait.timeoutMs);
  wait.signal.addEventListener('abort', end);
  if (wait.signal.aborted) end();
  try {
    return await Promise.race([answer, ended]);
  } finally {
    clearTimeout(timer);
    wait.signal.removeEventListener('abort', end);
  }
}

/** Asks the wallet for an object; a wallet that throws or answers anything else is a failure as `refusal` tells. */
export async function askProvider(
  ask: () => Promise<unknown>,
  wait: WeblnWait,
): Promise<WalletOutcome<JsonObject>> {
  const answer = await within(settled(ask), wait);
  if (answer === null)
    return failure('wallet-timeout', 'The WebLN wallet did not answer in time: look for its window.');
  return answer;
}

/** The wallet's answer, or what its error means. */
export async function settled(ask: () => Promise<unknown>): Promise<WalletOutcome<JsonObject>> {
  try {
    return success(asJsonObject(await ask()) ?? {});
  } catch (error) {
    return refusal(error);
  }
}

/** What the Alby extension, and wallets that follow it, say when a person declines. */
const DECLINED = /^user rejected$/i;

/**
 * WebLN has no error codes. Providers over Nostr Wallet Connect throw its codes; of the others only a person's refusal
 * is told apart. Anything else is `wallet-internal`.
 */
function refusal(error: unknown): WalletOutcome<never> {
  const told = error instanceof Error ? error : new Error('unknown');
  if (DECLINED.test(told.message))
    return failure('wallet-unauthorized', 'The wallet’s owner declined: ask again when it is wanted.', {
      reason: 'declined',
    });
  const code: unknown = Reflect.get(told, 'code');
  return failureOfError({ code, message: told.message });
}
