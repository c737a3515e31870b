import { failure, satsToMsat, success, type Msat } from '../protocol/index.ts';
import { newOperation, operationId } from './begin.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { ProofStanding } from './mint-answers.ts';
import { sumOf } from './settle.ts';
import type { StoredProof } from './store.ts';

/** So many pieces are asked about at once. */
const BATCH = 100;

/** How the free ecash of the books stands at its mint, by the mint's own word. */
export interface MintAudit {
  readonly unspentMsat: Msat;
  /** Somebody is spending it at this moment. */
  readonly pendingMsat: Msat;
  /** It was spent, and not by these books: by another copy of them, or by whoever knows the seed. */
  readonly spentMsat: Msat;
}

/** Asks a mint about every free piece that the books have of it (NUT-07). */
export async function auditMint(
  context: Pick<EcashContext, 'store'>,
  mint: AskedMint,
  signal: AbortSignal,
): Promise<EcashOutcome<MintAudit>> {
  const standings = await freePieces(context, mint, signal);
  if (!standings.ok) return standings;
  const sumIn = (state: ProofStanding['state']) =>
    satsToMsat(sumOf(standings.value.filter((piece) => piece.standing === state)));
  return success({
    unspentMsat: sumIn('UNSPENT'),
    pendingMsat: sumIn('PENDING'),
    spentMsat: sumIn('SPENT'),
  });
}

/**
 * Books what was spent elsewhere as spent, so that no payment is tried with it: as a send that failed because of it.
 * Returns the sats that were written off.
 */
export async function dropSpent(
  context: EcashContext,
  mint: TrustedMintAccess,
  signal: AbortSignal,
): Promise<EcashOutcome<bigint>> {
  const standings = await freePieces(context, mint, signal);
  if (!standings.ok) return standings;
  const spent = standings.value.filter(({ standing }) => standing === 'SPENT');
  const [first] = spent;
  if (first === undefined) return success(0n);
  const operation = newOperation(context, {
    id: operationId('send', `spent elsewhere ${first.y}`),
    kind: 'send',
    mintUrl: mint.client.url,
    amountSat: sumOf(spent),
    outputs: [],
  });
  const spentYs = spent.map(({ y }) => y);
  if ((await context.store.begin(operation, { ownYs: spentYs, received: [] })) !== 'begun')
    return success(0n);
  const why = failure(
    'already-spent',
    'Another copy of these books, or of their seed, has spent it.',
  ).failure;
  await context.store.end(operation.id, { state: 'failed', made: [], spentYs, failure: why });
  return success(operation.amountSat);
}

type StandingPiece = StoredProof & { readonly standing: ProofStanding['state'] };

/** What of a mint is asked. */
interface AskedMint {
  readonly client: Pick<TrustedMintAccess['client'], 'url' | 'checkStates'>;
}

async function freePieces(
  { store }: Pick<EcashContext, 'store'>,
  mint: AskedMint,
  signal: AbortSignal,
): Promise<EcashOutcome<StandingPiece[]>> {
  const wanted = { mintUrl: mint.client.url, role: 'purse', state: 'free' } as const;
  const pieces = await store.proofs(wanted);
  const told: StandingPiece[] = [];
  for (let first = 0; first < pieces.length; first += BATCH) {
    const batch = pieces.slice(first, first + BATCH);
    const standings = await mint.client.checkStates(
      batch.map(({ y }) => y),
      signal,
    );
    if (!standings.ok) return standings;
    batch.forEach((piece, index) => {
      const standing = standings.value[index]?.state;
      if (standing !== undefined) told.push({ ...piece, standing });
    });
  }
  // A piece that another process of these books spent while the mint was asked is nobody else's doing.
  const free = await store.proofs(wanted);
  const stillFree = new Set(free.map(({ y }) => y));
  return success(told.filter(({ y }) => stillFree.has(y)));
}
