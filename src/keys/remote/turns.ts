import { FailureError } from '../../protocol/index.ts';
import { denied, signerError } from './signer-failure.ts';

/** What a remote signer is asked for, in the words of NIP-46. */
export type SignerMethod =
  | 'connect'
  | 'get_public_key'
  | 'sign_event'
  | 'nip44_encrypt'
  | 'nip44_decrypt'
  | 'nip04_encrypt'
  | 'nip04_decrypt';

/** Something that the owner of a signer may have to act on. */
export interface SignerWait {
  readonly method: SignerMethod;
  /** A page where the owner agrees (`auth_url` of NIP-46), as soon as the signer names one. Untrusted. */
  readonly approveAt: string | null;
}

/** How a signer that somebody else holds is asked. */
export interface RemoteSignerOptions {
  /** Ends every wait, and all use of the signer. */
  readonly signal: AbortSignal;
  /** How long one answer may take; 60 s unless told, and 5 minutes from when a page to agree on is named. */
  readonly timeoutMs?: number;
  /** Told what is waited for now, and `null` when nothing is. */
  readonly onWait?: (wait: SignerWait | null) => void;
}

/** What a question may use while it is its turn. */
export interface Turn {
  /** Aborts when the turn is over, however it ended. */
  readonly signal: AbortSignal;
  /** The signer wants its owner to agree there. */
  needsApproval(url: string): void;
}

/** Asks one thing after another; rejects with a `FailureError` of a `SignerFailureCode`. */
export type AskInTurn = <Answer>(
  method: SignerMethod,
  ask: (turn: Turn) => Promise<Answer>,
) => Promise<Answer>;

const ANSWER_TIMEOUT_MS = 60_000;
/** Opening a page, signing in there and agreeing takes a person a while. */
const APPROVAL_TIMEOUT_MS = 300_000;
const MAX_WAITING = 256;

/**
 * One question at a time, because nothing queues them at the other end: ten at once open ten windows. Each is given up
 * when its time is over, since a dead signer never says so.
 */
export function takeTurns(options: RemoteSignerOptions): AskInTurn {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return (method, ask) => {
    if (waiting >= MAX_WAITING)
      return Promise.reject(signerError('signer-busy', 'Too much waits for the signer already.'));
    waiting += 1;
    const answer = last.then(() => answerOf(method, ask, options));
    last = answer.then(
      () => (waiting -= 1),
      () => (waiting -= 1),
    );
    return answer;
  };
}

async function answerOf<Answer>(
  method: SignerMethod,
  ask: (turn: Turn) => Promise<Answer>,
  { signal, timeoutMs = ANSWER_TIMEOUT_MS, onWait }: RemoteSignerOptions,
): Promise<Answer> {
  if (signal.aborted) throw signedOut();
  const turn = new AbortController();
  const givenUp = Promise.withResolvers<never>();
  const giveUpAfter = (afterMs: number) => setTimeout(() => givenUp.reject(noAnswer(afterMs)), afterMs);
  const onAbort = () => givenUp.reject(signedOut());
  let timer = giveUpAfter(timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  onWait?.({ method, approveAt: null });
  const needsApproval = (url: string) => {
    if (turn.signal.aborted) return;
    clearTimeout(timer);
    timer = giveUpAfter(Math.max(timeoutMs, APPROVAL_TIMEOUT_MS));
    onWait?.({ method, approveAt: url });
  };
  try {
    return await Promise.race([ask({ signal: turn.signal, needsApproval }), givenUp.promise]);
  } catch (error) {
    throw error instanceof FailureError ? error : denied(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    turn.abort();
    onWait?.(null);
  }
}

function noAnswer(afterMs: number): FailureError {
  const seconds = Math.round(afterMs / 1000);
  return signerError(
    'signer-unreachable',
    `The signer did not answer within ${seconds} s: see whether it runs and is online.`,
  );
}

function signedOut(): FailureError {
  return signerError('signer-unreachable', 'The signer is not asked any more.');
}
