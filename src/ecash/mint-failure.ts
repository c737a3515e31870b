import { failure, type Failure } from '../protocol/index.ts';

/**
 * Why a mint did not do what it was asked. `mint-unreachable`: no answer, so nobody knows whether it did it: the
 * operation stays open, `resume` ends it. `mint-refused`: it said no; `data.mintCode` is its number.
 * `mint-invalid`: it answered what no honest mint answers.
 */
export type MintFailureCode = 'mint-unreachable' | 'mint-refused' | 'mint-invalid';

/** The failure of a mint whose answer breaks the protocol; the sentence says how. */
export function invalidAnswer(how: string): {
  readonly ok: false;
  readonly failure: Failure<'mint-invalid'>;
} {
  return failure('mint-invalid', `The mint broke the protocol: ${how} Stop using it.`);
}
