import type { EcashProof, Failure } from '../protocol/index.ts';

/** What an operation does: buy ecash, give some away, take some in, take back what was given, or pay an invoice. */
export type OperationKind = 'mint' | 'send' | 'redeem' | 'refund' | 'melt';

/** An output as it is sent to the mint, with what unblinds the mint's answer. Amounts in sats. Holds secrets. */
export interface PlannedOutput {
  readonly keysetId: string;
  /** 0 for blank outputs, whose amount the mint chooses (NUT-08). */
  readonly amountSat: bigint;
  /** The blinded message `B_`, hex. */
  readonly blinded: string;
  /** Decimal. */
  readonly blindingFactor: string;
  readonly secret: string;
  readonly role: 'purse' | 'sent';
}

/** Something that the mint was or will be asked, written down before. Amounts in sats, times unix seconds. */
export interface EcashOperation {
  /** Kind and the caller's key, so that a repeated call finds what the first one did. */
  readonly id: string;
  readonly kind: OperationKind;
  readonly mintUrl: string;
  /** `failed`: the mint did not do it; its inputs are free again, or were never ours. */
  readonly state: 'open' | 'done' | 'failed';
  /** Minted, given away, taken in or paid; after the mint's fees for what is taken in. */
  readonly amountSat: bigint;
  readonly outputs: readonly PlannedOutput[];
  /** The mint's quote, where there is one. */
  readonly quote: string | null;
  readonly bolt11: string | null;
  readonly feeLimitMsat: bigint | null;
  /** Opens a hash lock (redeem), or shows that an invoice was paid (melt). A secret. */
  readonly preimage: string | null;
  /** What it cost, in sats; `null` until it is done. */
  readonly feeSat: bigint | null;
  /** What the Lightning payment for minted ecash cost on top; `null` while nobody knows. */
  readonly routingFeeMsat: bigint | null;
  /** The id of the event that it is about, such as the one that a nutzap names; `null` when there is none. */
  readonly about: string | null;
  readonly failure: Failure | null;
  readonly createdAt: number;
}

/** A piece of ecash and where it stands. Holds secrets. */
export interface StoredProof extends EcashProof {
  /** The point by which the mint knows the secret (NUT-07), hex. */
  readonly y: string;
  readonly mintUrl: string;
  /** `purse`: ours. `sent`: given away by us, and maybe to be taken back. `received`: input of a redemption. */
  readonly role: 'purse' | 'sent' | 'received';
  /** `held`: input of an open operation. */
  readonly state: 'free' | 'held' | 'spent';
  /** The operation it came from; `null` when it was restored. */
  readonly madeBy: string | null;
  /** The operation that holds or spent it. */
  readonly heldBy: string | null;
}

/** A piece of ecash that is to be stored. */
export type NewProof = Omit<StoredProof, 'state' | 'heldBy'>;

/** How an operation ended. */
export interface OperationEnd {
  readonly state: 'done' | 'failed';
  readonly made: readonly NewProof[];
  /** Points of inputs that are gone; its other inputs are free again, those received are forgotten. */
  readonly spentYs: readonly string[];
  readonly preimage?: string;
  readonly feeSat?: bigint;
  readonly routingFeeMsat?: bigint;
  readonly failure?: Failure;
}

/** Which pieces to list; every field narrows. */
export interface ProofFilter {
  readonly mintUrl?: string;
  readonly role?: StoredProof['role'];
  readonly state?: StoredProof['state'];
  /** `null`: what was found again. */
  readonly madeBy?: string | null;
  readonly heldBy?: string;
}

/**
 * The books of an ecash wallet. Each method is one transaction, and what a resolved promise says is on disk. The
 * wallet writes an operation here before it calls the mint, so that a crash loses nothing and spends nothing twice.
 */
export interface EcashStore {
  /** Takes the next `count` NUT-13 counters of a keyset and returns the first. No counter is ever given twice. */
  takeCounters(keysetId: string, count: number): Promise<number>;
  /** Makes sure that no counter below `next` is given out again. */
  raiseCounter(keysetId: string, next: number): Promise<void>;
  /**
   * Opens an operation and takes its inputs. `known`: one with this id is open or done. `inputs-taken`: another
   * operation has one of the inputs, or had it. A failed operation of the same id is replaced.
   */
  begin(
    operation: EcashOperation,
    inputs: { readonly ownYs: readonly string[]; readonly received: readonly NewProof[] },
  ): Promise<'begun' | 'known' | 'inputs-taken'>;
  /** Ends an open operation. `false` when it is not open (any more): then nothing changes. */
  end(operationId: string, end: OperationEnd): Promise<boolean>;
  operation(id: string): Promise<EcashOperation | null>;
  openOperations(): Promise<EcashOperation[]>;
  /** Every operation by id, in pages after that id; or those that are about one event. */
  operations(page: {
    readonly limit: number;
    readonly after?: string;
    readonly about?: string;
  }): Promise<EcashOperation[]>;
  /** In the order in which they were stored. */
  proofs(filter: ProofFilter): Promise<StoredProof[]>;
  /** Adds restored pieces; those that are known already stay as they are. Returns how many were new. */
  addRestored(proofs: readonly NewProof[]): Promise<number>;
  /** A text kept under a name, such as what was last published; `null` when there is none. */
  note(name: string): Promise<string | null>;
  saveNote(name: string, text: string): Promise<void>;
  close(): Promise<void>;
}
