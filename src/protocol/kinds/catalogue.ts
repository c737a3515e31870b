import { contentDiscovery } from './content-discovery.ts';
import type { KindContract } from './contract.ts';
import { eventCounting } from './event-counting.ts';
import { summarization } from './summarization.ts';
import { textExtraction } from './text-extraction.ts';
import { textGeneration } from './text-generation.ts';

/** Contracts by kind. */
export interface KindCatalogue {
  /** The kind's contract, or one that takes everything where nothing is known about the kind. */
  contract(kind: number): KindContract;
  /** All contracts it was made of, by kind. */
  readonly contracts: readonly KindContract[];
}

/** Makes a catalogue of these contracts; of two for one kind the later one counts. */
export function createKindCatalogue(contracts: readonly KindContract[]): KindCatalogue {
  const byKind = new Map(contracts.map((contract) => [contract.kind, contract]));
  return {
    contract: (kind) => byKind.get(kind) ?? unknownKind(kind),
    contracts: [...byKind.values()].toSorted((left, right) => left.kind - right.kind),
  };
}

const builtIn = createKindCatalogue([
  textExtraction,
  summarization,
  textGeneration,
  contentDiscovery,
  eventCounting,
]);

/** The contract of a job request kind as coinop ships it. */
export function kindContract(kind: number): KindContract {
  return builtIn.contract(kind);
}

/** The contracts that coinop ships, by kind. */
export const KIND_CONTRACTS: readonly KindContract[] = builtIn.contracts;

function unknownKind(kind: number): KindContract {
  return {
    kind,
    name: `Job of kind ${kind}`,
    status: 'unknown',
    source: null,
    inputs: [{ types: null, min: 0, max: null, marker: null, description: 'Whatever the job works on.' }],
    params: [],
    outputs: [],
  };
}
