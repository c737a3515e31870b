import type { DatabaseSync } from 'node:sqlite';
import {
  Amount,
  hashToCurve,
  isHTLCSpendAuthorised,
  isP2PKSpendAuthorised,
  verifyUnblindedSignature,
} from '@cashu/cashu-ts';
import { optionalText, text } from '../sql-row.ts';
import type { MintKeysets } from './keysets.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';
import type { SpentInput } from './requests.ts';
import { readPoint } from './signing.ts';

/** Why inputs are taken: for good, or until the melt of that quote has ended. */
export type TakenFor = { readonly state: 'SPENT' } | { readonly state: 'PENDING'; readonly quote: string };

/**
 * Takes inputs within the transaction that gives something for them: the mint's own signature, conditions met
 * (NUT-11, NUT-14; each input signed by itself), never taken before.
 */
export function takeInputs(
  db: DatabaseSync,
  keysets: MintKeysets,
  inputs: readonly SpentInput[],
  takenFor: TakenFor,
): void {
  const ys = inputs.map(({ secret }) => spendingPoint(secret));
  if (new Set(ys).size < ys.length)
    throw new MintRefusal(REFUSALS.repeatedInputs, 'Duplicate inputs provided');
  const insert = db.prepare(
    'INSERT INTO spent (y, state, witness, melt_quote) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  for (const [index, input] of inputs.entries()) {
    assertGenuine(keysets, input);
    assertAuthorised(input);
    const quote = takenFor.state === 'PENDING' ? takenFor.quote : null;
    const row = [ys[index] ?? '', takenFor.state, witnessText(input), quote] as const;
    if (insert.run(...row).changes === 0)
      throw new MintRefusal(REFUSALS.alreadySpent, 'Token is already spent');
  }
}

/** The point by which the mint remembers a secret (NUT-00, NUT-07), hex. */
function spendingPoint(secret: string): string {
  return hashToCurve(new TextEncoder().encode(secret)).toHex(true);
}

function assertGenuine(keysets: MintKeysets, { amount, id, secret, C }: SpentInput): void {
  const key = keysets.get(id).privateKeys[amount.toString()];
  const signed = { C: readPoint(C), secret: new TextEncoder().encode(secret), id };
  if (key === undefined || !verifyUnblindedSignature(signed, key))
    throw new MintRefusal(REFUSALS.invalidProof, 'Proof could not be verified');
}

function assertAuthorised(input: SpentInput): void {
  const proof = {
    id: input.id,
    amount: Amount.from(input.amount),
    secret: input.secret,
    C: input.C,
    ...(input.witness ? { witness: witnessText(input) ?? '' } : {}),
  };
  try {
    if (input.secret.startsWith('["P2PK"') && isP2PKSpendAuthorised(proof)) return;
    if (input.secret.startsWith('["HTLC"') && isHTLCSpendAuthorised(proof)) return;
    if (!input.secret.startsWith('[')) return;
  } catch {
    // Malformed conditions, and those over all inputs, which this mint does not know: nobody meets them.
  }
  throw new MintRefusal(REFUSALS.invalidProof, 'Witness is missing or does not meet the spending condition');
}

function witnessText({ witness }: SpentInput): string | null {
  if (witness === undefined || witness === null) return null;
  return typeof witness === 'string' ? witness : JSON.stringify(witness);
}

/** The states of some points, with the witness of those that were spent (NUT-07). */
export function checkStates(db: DatabaseSync, points: readonly string[]) {
  const find = db.prepare('SELECT state, witness FROM spent WHERE y = ?');
  return points.map((point) => {
    const row = find.get(point);
    return row === undefined
      ? { Y: point, state: 'UNSPENT', witness: null }
      : { Y: point, state: text(row, 'state'), witness: optionalText(row, 'witness') };
  });
}
