import { failure, FailureError, success, type Outcome } from '../../protocol/index.ts';

/** Why a signer that somebody else holds did not do what it was asked. */
export type SignerFailureCode =
  /** Its owner, or the signer itself, refused. */
  | 'signer-denied'
  /** No answer in time, no relay that leads to it, or no such extension. */
  | 'signer-unreachable'
  /** It answered something else than it was asked for. */
  | 'signer-false'
  /** It cannot do this at all, as extensions without NIP-44. */
  | 'signer-lacks-method'
  /** Too much waits for it already. */
  | 'signer-busy';

/** What remote signers reject with. */
export function signerError(code: SignerFailureCode, message: string): FailureError {
  return new FailureError({ code, message });
}

/** Signers refuse with errors, texts and objects of all kinds; what they say is kept, but short. */
export function denied(reason: unknown): FailureError {
  const words = reason instanceof Error ? reason.message : typeof reason === 'string' ? reason : '';
  // oxlint-disable-next-line no-control-regex -- what is shown to people has none
  const said = words.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ').trim();
  return signerError(
    'signer-denied',
    said === '' ? 'The signer refused.' : `The signer refused: ${said.slice(0, 200)}`,
  );
}

/** A sealed text of the largest plaintext is below this many characters. */
const MAX_ANSWER_CHARS = 3_000_000;

/** The text that a remote signer answered, which may be empty. Throws `signer-false` for anything else. */
export function textAnswer(answer: unknown): string {
  if (typeof answer !== 'string' || answer.length > MAX_ANSWER_CHARS)
    throw signerError('signer-false', 'The signer answered something else than a text.');
  return answer;
}

/** What a dialogue with a remote signer led to, as a value. */
export async function outcomeOf<Value>(
  dialogue: () => Promise<Value>,
): Promise<Outcome<Value, SignerFailureCode>> {
  try {
    return success(await dialogue());
  } catch (error) {
    if (error instanceof FailureError && isSignerFailureCode(error.code))
      return failure(error.code, error.message);
    throw error;
  }
}

const CODES: Readonly<Record<SignerFailureCode, true>> = {
  'signer-denied': true,
  'signer-unreachable': true,
  'signer-false': true,
  'signer-lacks-method': true,
  'signer-busy': true,
};

function isSignerFailureCode(code: string): code is SignerFailureCode {
  return Object.hasOwn(CODES, code);
}
