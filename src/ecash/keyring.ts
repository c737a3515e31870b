import { Keyset } from '@cashu/cashu-ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { MAX_AMOUNT_SAT } from './amounts.ts';
import type { WireKeyset } from './mint-answers.ts';
import type { MintClient } from './mint-client.ts';
import { invalidAnswer, type MintFailureCode } from './mint-failure.ts';

/** A sat for each input: mints that ask for more are not used. */
const MAX_INPUT_FEE_PPK = 1000;

/** NUT-07 shows states, NUT-09 restores after a crash, NUT-12 shows that signatures are genuine. */
const ALWAYS_NEEDED = [7, 9, 12];
/** Where NUT-11 and NUT-14 are unknown, locked ecash can be spent by anybody. */
const NEEDED_FOR_LOCKS = [11, 14];
/** Where NUT-08 is unknown, a mint keeps what a Lightning payment did not use. */
const NEEDED_FOR_CHANGE = 8;

/** A keyset whose id was computed from its keys. */
export interface CheckedKeyset {
  readonly id: string;
  readonly isActive: boolean;
  /** Thousandths of a sat for each input (NUT-02). */
  readonly inputFeePpk: number;
  /** Denomination in sats, decimal → public key, hex. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Why a mint's keys cannot be used: `mint-unsupported` when it lacks what is needed, else the mint's failure. */
export type KeyringFailureCode = MintFailureCode | 'mint-unsupported' | 'unknown-keyset';

/** The sat keysets of one mint, each checked against its id and kept: a mint cannot change one later. */
export class Keyring {
  readonly #client: MintClient;
  readonly #checked = new Map<string, CheckedKeyset>();
  #listed: readonly WireKeyset[] | null = null;
  #supported: ReadonlySet<number> | null = null;

  constructor(client: MintClient) {
    this.#client = client;
  }

  /** What the mint said of its keysets is asked anew at the next use: after a refusal, it may have rotated. */
  forgetList(): void {
    this.#listed = null;
  }

  /** Ids of all sat keysets, active or not. */
  async ids(signal: AbortSignal): Promise<Outcome<string[], KeyringFailureCode>> {
    const listed = await this.#list(signal);
    return listed.ok ? success(listed.value.map(({ id }) => id)) : listed;
  }

  /** The active keyset that is cheapest to spend. */
  async active(signal: AbortSignal): Promise<Outcome<CheckedKeyset, KeyringFailureCode>> {
    const listed = await this.#list(signal);
    if (!listed.ok) return listed;
    const [cheapest] = listed.value
      .filter(({ active }) => active)
      .toSorted((one, other) => (one.input_fee_ppk ?? 0) - (other.input_fee_ppk ?? 0));
    return cheapest === undefined
      ? failure('mint-unsupported', 'The mint has no active keyset for sats.')
      : this.#check(cheapest, signal);
  }

  /** One keyset, active or not. Fails with `unknown-keyset` for those that the mint does not list for sats. */
  async keyset(id: string, signal: AbortSignal): Promise<Outcome<CheckedKeyset, KeyringFailureCode>> {
    const isFresh = this.#listed === null;
    const listed = await this.#list(signal);
    if (!listed.ok) return listed;
    const facts = listed.value.find((known) => known.id === id);
    if (facts === undefined && !isFresh) {
      this.forgetList();
      return this.keyset(id, signal);
    }
    return facts === undefined
      ? failure('unknown-keyset', 'The ecash is of a keyset that its mint does not list for sats.')
      : this.#check(facts, signal);
  }

  /** Fails with `mint-unsupported` where the mint does not enforce P2PK and HTLC locks (NUT-11, NUT-14). */
  async enforcesLocks(signal: AbortSignal): Promise<Outcome<void, KeyringFailureCode>> {
    return this.#supports(NEEDED_FOR_LOCKS, signal);
  }

  /** Whether what is paid in beyond an invoice and its fees comes back (NUT-08). */
  async givesChange(signal: AbortSignal): Promise<Outcome<boolean, KeyringFailureCode>> {
    const supported = await this.#told(signal);
    return supported.ok ? success(supported.value.has(NEEDED_FOR_CHANGE)) : supported;
  }

  async #told(signal: AbortSignal): Promise<Outcome<ReadonlySet<number>, KeyringFailureCode>> {
    if (this.#supported !== null) return success(this.#supported);
    const told = await this.#client.supported(signal);
    if (told.ok) this.#supported = told.value;
    return told;
  }

  async #supports(nuts: readonly number[], signal: AbortSignal): Promise<Outcome<void, KeyringFailureCode>> {
    const supported = await this.#told(signal);
    if (!supported.ok) return supported;
    const missing = nuts.filter((nut) => !supported.value.has(nut));
    return missing.length === 0
      ? success(undefined)
      : failure('mint-unsupported', `The mint does not support NUT ${missing.join(', ')}: use another.`, {
          missing,
        });
  }

  async #list(signal: AbortSignal): Promise<Outcome<readonly WireKeyset[], KeyringFailureCode>> {
    const supports = await this.#supports(ALWAYS_NEEDED, signal);
    if (!supports.ok) return supports;
    if (this.#listed !== null) return success(this.#listed);
    const told = await this.#client.keysets(signal);
    if (!told.ok) return told;
    // Ids in base64 are of 2023, before version bytes: what they name cannot be checked.
    this.#listed = told.value.filter(({ id, unit }) => unit === 'sat' && /^[0-9a-f]{16,66}$/.test(id));
    return success(this.#listed);
  }

  async #check(facts: WireKeyset, signal: AbortSignal): Promise<Outcome<CheckedKeyset, KeyringFailureCode>> {
    const inputFeePpk = facts.input_fee_ppk ?? 0;
    if (inputFeePpk > MAX_INPUT_FEE_PPK)
      return invalidAnswer('it asks for more than a sat to spend a piece.');
    const known = this.#checked.get(facts.id);
    if (known !== undefined) {
      if (known.inputFeePpk !== inputFeePpk) return invalidAnswer('the fee of a keyset changed.');
      return success({ ...known, isActive: facts.active });
    }
    const keys = await this.#client.keys(facts.id, signal);
    if (!keys.ok) return keys;
    const isGenuine = Keyset.verifyKeysetId({
      id: facts.id,
      unit: facts.unit,
      keys: keys.value,
      input_fee_ppk: inputFeePpk,
      ...(facts.final_expiry ? { final_expiry: facts.final_expiry } : {}),
    });
    if (!isGenuine) return invalidAnswer('the id of a keyset is not that of its keys.');
    if (!hasAllDenominations(keys.value))
      return failure(
        'mint-unsupported',
        'The mint lacks denominations that this wallet splits amounts into.',
      );
    const checked = { id: facts.id, isActive: facts.active, inputFeePpk, keys: keys.value };
    this.#checked.set(facts.id, checked);
    return success(checked);
  }
}

/** Every power of two up to what one call may move: any amount then needs few pieces. */
function hasAllDenominations(keys: Readonly<Record<string, string>>): boolean {
  for (let amount = 1n; amount <= MAX_AMOUNT_SAT; amount *= 2n)
    if (keys[amount.toString()] === undefined) return false;
  return true;
}
