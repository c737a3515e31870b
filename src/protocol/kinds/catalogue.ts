import { failure, success, type Outcome } from '../outcome.ts';
import { contractFault, type ContractFaultCode } from './check-contract.ts';
import type { KindContract } from './contract.ts';
import { unknownKind } from './shorthand.ts';

/** Contracts by kind. */
export interface KindCatalogue {
  /** The kind's contract, or one that takes everything where nothing is known about the kind. */
  contract(kind: number): KindContract;
  /** All contracts it was made of, by kind. */
  readonly contracts: readonly KindContract[];
}

/**
 * Makes a catalogue of these contracts, such as `[...KIND_CONTRACTS, mine]`; of two for one kind the later
 * one counts. Fails with the code of the first fault found; `data` has the kind and the part at fault.
 */
export function createKindCatalogue(
  contracts: readonly KindContract[],
): Outcome<KindCatalogue, ContractFaultCode> {
  for (const contract of contracts) {
    const fault = contractFault(contract);
    if (fault !== null) return failure(fault.code, fault.message, fault.data);
  }
  const byKind = new Map(contracts.map((contract) => [contract.kind, contract]));
  return success({
    contract: (kind) => byKind.get(kind) ?? unknownKind(kind),
    contracts: [...byKind.values()].toSorted((left, right) => left.kind - right.kind),
  });
}
