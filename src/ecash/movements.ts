import { msat, parseInvoice, satsToMsat, type Msat } from '../protocol/index.ts';
import { operationId } from './begin.ts';
import { sumOf } from './settle.ts';
import type { EcashOperation, EcashStore, OperationKind } from './store.ts';

/** What one operation did to the ecash of a wallet, for the books of whoever owns it. */
export interface EcashMovement {
  readonly kind: OperationKind;
  /** The caller's, under which it was made. */
  readonly key: string;
  readonly mintUrl: string;
  readonly state: EcashOperation['state'];
  /** The event that it is about; `null` when there is none. */
  readonly about: string | null;
  /** Of its invoice; `null` when it has none. */
  readonly paymentHash: string | null;
  /** What was to be minted, given, taken in or paid. */
  readonly amountMsat: Msat;
  /** The most that paying for it may cost on top; 0 where nothing is paid. */
  readonly feeLimitMsat: Msat;
  /** What the Lightning payment for it cost on top; `null` while nobody knows. */
  readonly routingFeeMsat: Msat | null;
  /** Of our own ecash it has spent so much, and made so much. */
  readonly spentMsat: Msat;
  readonly madeMsat: Msat;
  /** So much it made for somebody else. */
  readonly givenMsat: Msat;
  /** So much of what was given away it has spent, to take it back. */
  readonly reclaimedMsat: Msat;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** Our own ecash at one mint, trusted now or earlier, as the books have it. */
export interface EcashHolding {
  readonly mintUrl: string;
  readonly freeMsat: Msat;
  /** Inputs of what is under way. */
  readonly heldMsat: Msat;
  /** So much was ever found again by its seed, of which these books do not know what it was for. */
  readonly foundMsat: Msat;
}

const PAGE = 200;

/** What every operation did, those about one event, or one of them. */
export async function* movementsOf(
  store: EcashStore,
  only: { readonly about?: string } = {},
): AsyncGenerator<EcashMovement> {
  for (let after = ''; ;) {
    const page = await store.operations({ ...only, after, limit: PAGE });
    for (const operation of page) yield await movementOf(store, operation);
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? '';
  }
}

/** What the operation of that key did; `null` when there is none. */
export async function findMovement(
  store: EcashStore,
  { kind, key }: Pick<EcashMovement, 'kind' | 'key'>,
): Promise<EcashMovement | null> {
  const operation = await store.operation(operationId(kind, key));
  return operation === null ? null : movementOf(store, operation);
}

async function movementOf(store: EcashStore, operation: EcashOperation): Promise<EcashMovement> {
  const { id, kind, mintUrl, state, about, bolt11, amountSat, feeLimitMsat, routingFeeMsat } = operation;
  const made = await store.proofs({ madeBy: id });
  const spent = await store.proofs({ heldBy: id, state: 'spent' });
  const sumIn = (pieces: typeof made, role: 'purse' | 'sent') =>
    satsToMsat(sumOf(pieces.filter((piece) => piece.role === role)));
  const invoice = bolt11 === null ? null : parseInvoice(bolt11);
  return {
    kind,
    key: id.slice(kind.length + 1),
    mintUrl,
    state,
    about,
    paymentHash: invoice?.ok ? invoice.value.paymentHash : null,
    amountMsat: satsToMsat(amountSat),
    feeLimitMsat: msat(feeLimitMsat ?? 0n),
    routingFeeMsat: routingFeeMsat === null ? null : msat(routingFeeMsat),
    spentMsat: sumIn(spent, 'purse'),
    madeMsat: sumIn(made, 'purse'),
    givenMsat: sumIn(made, 'sent'),
    reclaimedMsat: sumIn(spent, 'sent'),
    createdAt: operation.createdAt,
  };
}

/** What the books hold at each mint. */
export async function holdingsOf(store: EcashStore): Promise<EcashHolding[]> {
  const free = await store.proofs({ role: 'purse', state: 'free' });
  const held = await store.proofs({ role: 'purse', state: 'held' });
  const found = await store.proofs({ role: 'purse', madeBy: null });
  const mints = new Set([...free, ...held, ...found].map(({ mintUrl }) => mintUrl));
  return [...mints].toSorted().map((mintUrl) => {
    const sumAt = (pieces: typeof free) =>
      satsToMsat(sumOf(pieces.filter((piece) => piece.mintUrl === mintUrl)));
    return { mintUrl, freeMsat: sumAt(free), heldMsat: sumAt(held), foundMsat: sumAt(found) };
  });
}
