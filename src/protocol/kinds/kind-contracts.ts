import type { KindContract } from './contract.ts';
import { discoveryKinds } from './discovery.ts';
import { laborKinds } from './labor.ts';
import { machineKinds } from './machines.ts';
import { mediaKinds } from './media.ts';
import { observedKinds } from './observed.ts';
import { publishingKinds } from './publishing.ts';
import { reputationKinds } from './reputation.ts';
import { unknownKind } from './shorthand.ts';
import { textKinds } from './text.ts';

/** The contracts that coinop ships, by kind: every job kind that a source specifies, documents or has seen. */
export const KIND_CONTRACTS: readonly KindContract[] = [
  ...textKinds,
  ...mediaKinds,
  ...discoveryKinds,
  ...reputationKinds,
  ...machineKinds,
  ...publishingKinds,
  ...laborKinds,
  ...observedKinds,
].toSorted((left, right) => left.kind - right.kind);

const byKind = new Map(KIND_CONTRACTS.map((contract) => [contract.kind, contract]));

/** The contract of a job request kind as coinop ships it; one that takes everything where none is known. */
export function kindContract(kind: number): KindContract {
  return byKind.get(kind) ?? unknownKind(kind);
}
