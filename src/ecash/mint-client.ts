import type { z } from 'zod';
import type { GuardedFetch, UrlFailureCode } from '../http/index.ts';
import { failure, success, type EcashProof, type Failure, type Outcome } from '../protocol/index.ts';
import {
  ANSWERS,
  type ProofStanding,
  type WireKeyset,
  type WireMeltQuote,
  type WireMintQuote,
  type WireSignature,
} from './mint-answers.ts';
import { invalidAnswer, type MintFailureCode } from './mint-failure.ts';
import type { PlannedOutput } from './store.ts';

/** Larger answers are refused; a keyset of 64 keys has about 6 kB. */
const MAX_ANSWER_BYTES = 1 << 20;

/** A piece of ecash with what its conditions ask for. */
export interface WitnessedProof extends EcashProof {
  /** JSON text; `null` for plain ecash. */
  readonly witness: string | null;
}

/** An answer, or why there is none. */
export type MintOutcome<Value> = Outcome<Value, MintFailureCode>;

/**
 * The HTTP interface of one mint (NUT-01 to NUT-09). Only the shape of answers is checked here; whoever uses them
 * checks what they say. Rejects only with the reason of an aborted signal.
 */
export class MintClient {
  readonly url: string;
  readonly #fetch: GuardedFetch;

  /** `url` without a slash at its end. */
  constructor(url: string, fetch: GuardedFetch) {
    this.url = url;
    this.#fetch = fetch;
  }

  /** Which NUTs the mint says it supports (NUT-06). */
  async supported(signal: AbortSignal): Promise<MintOutcome<ReadonlySet<number>>> {
    const info = await this.#call('/v1/info', undefined, ANSWERS.info, signal);
    if (!info.ok) return info;
    const nuts = Object.entries(info.value.nuts).filter(([, nut]) => nut?.supported === true);
    return success(new Set(nuts.map(([number]) => Number(number))));
  }

  async keysets(signal: AbortSignal): Promise<MintOutcome<WireKeyset[]>> {
    const answer = await this.#call('/v1/keysets', undefined, ANSWERS.keysets, signal);
    return answer.ok ? success(answer.value.keysets) : answer;
  }

  /** Denomination (decimal) → public key (hex) of one keyset, as the mint tells it. */
  async keys(keysetId: string, signal: AbortSignal): Promise<MintOutcome<Record<string, string>>> {
    const answer = await this.#call(`/v1/keys/${keysetId}`, undefined, ANSWERS.keys, signal);
    if (!answer.ok) return answer;
    const keyset = answer.value.keysets.find(({ id }) => id === keysetId);
    return keysetId !== '' && keyset !== undefined
      ? success(keyset.keys)
      : invalidAnswer('it lists a keyset without having its keys.');
  }

  swap(
    inputs: readonly WitnessedProof[],
    outputs: readonly PlannedOutput[],
    signal: AbortSignal,
  ): Promise<MintOutcome<WireSignature[]>> {
    const body = { inputs: inputs.map(wireProof), outputs: outputs.map(wireOutput) };
    return this.#signatures('/v1/swap', body, signal);
  }

  createMintQuote(amountSat: bigint, signal: AbortSignal): Promise<MintOutcome<WireMintQuote>> {
    const body = { amount: Number(amountSat), unit: 'sat' };
    return this.#call('/v1/mint/quote/bolt11', body, ANSWERS.mintQuote, signal);
  }

  mintQuote(quote: string, signal: AbortSignal): Promise<MintOutcome<WireMintQuote>> {
    return this.#call(`/v1/mint/quote/bolt11/${quote}`, undefined, ANSWERS.mintQuote, signal);
  }

  mint(
    quote: string,
    outputs: readonly PlannedOutput[],
    signal: AbortSignal,
  ): Promise<MintOutcome<WireSignature[]>> {
    return this.#signatures('/v1/mint/bolt11', { quote, outputs: outputs.map(wireOutput) }, signal);
  }

  createMeltQuote(bolt11: string, signal: AbortSignal): Promise<MintOutcome<WireMeltQuote>> {
    return this.#call('/v1/melt/quote/bolt11', { request: bolt11, unit: 'sat' }, ANSWERS.meltQuote, signal);
  }

  meltQuote(quote: string, signal: AbortSignal): Promise<MintOutcome<WireMeltQuote>> {
    return this.#call(`/v1/melt/quote/bolt11/${quote}`, undefined, ANSWERS.meltQuote, signal);
  }

  melt(
    quote: string,
    inputs: readonly WitnessedProof[],
    blanks: readonly PlannedOutput[],
    signal: AbortSignal,
  ): Promise<MintOutcome<WireMeltQuote>> {
    const body = { quote, inputs: inputs.map(wireProof), outputs: blanks.map(wireOutput) };
    return this.#call('/v1/melt/bolt11', body, ANSWERS.meltQuote, signal);
  }

  /** One standing for each point, in their order (NUT-07). */
  async checkStates(ys: readonly string[], signal: AbortSignal): Promise<MintOutcome<ProofStanding[]>> {
    const answer = await this.#call('/v1/checkstate', { Ys: ys }, ANSWERS.states, signal);
    if (!answer.ok) return answer;
    const told = new Map(
      answer.value.states.map(({ Y, state, witness }) => [Y, { y: Y, state, witness: witness ?? null }]),
    );
    const standings = ys.map((y) => told.get(y));
    return standings.every((standing) => standing !== undefined)
      ? success(standings)
      : invalidAnswer('it does not say how all the asked pieces stand.');
  }

  /** The signatures that the mint gave for these outputs before: `null` where it gave none (NUT-09). */
  async restore(
    outputs: readonly PlannedOutput[],
    signal: AbortSignal,
  ): Promise<MintOutcome<(WireSignature | null)[]>> {
    const answer = await this.#call(
      '/v1/restore',
      { outputs: outputs.map(wireOutput) },
      ANSWERS.restored,
      signal,
    );
    if (!answer.ok) return answer;
    const { signatures } = answer.value;
    if (signatures.length !== answer.value.outputs.length)
      return invalidAnswer('it restores outputs without their signatures.');
    const told = new Map(answer.value.outputs.map(({ B_ }, index) => [B_, signatures[index] ?? null]));
    return success(outputs.map(({ blinded }) => told.get(blinded) ?? null));
  }

  async #signatures(path: string, body: unknown, signal: AbortSignal): Promise<MintOutcome<WireSignature[]>> {
    const answer = await this.#call(path, body, ANSWERS.signatures, signal);
    return answer.ok ? success(answer.value.signatures) : answer;
  }

  async #call<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<MintOutcome<z.output<Schema>>> {
    const fetched = await this.#fetch(`${this.url}${path}`, {
      signal,
      maxBytes: MAX_ANSWER_BYTES,
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!fetched.ok) return { ok: false, failure: explain(fetched.failure) };
    const parsed = schema.safeParse(jsonOf(new TextDecoder().decode(fetched.value.body)));
    return parsed.success
      ? success(parsed.data)
      : invalidAnswer(`its answer to ${path} has the wrong shape.`);
  }
}

/** Only a 4xx is a refusal; after anything else the mint may or may not have done it. */
function explain({ code, message, data }: Failure<UrlFailureCode>): Failure<MintFailureCode> {
  const { status, text }: Readonly<Record<string, unknown>> = data ?? {};
  if (code === 'url-too-large') return invalidAnswer('its answer is too large.').failure;
  if (code !== 'url-status' || typeof status !== 'number' || status < 400 || status >= 500 || status === 429)
    return failure('mint-unreachable', `The mint gave no answer: ${message}`).failure;
  const said = ANSWERS.refusal.safeParse(jsonOf(typeof text === 'string' ? text : ''));
  const { code: mintCode, detail } = said.success ? said.data : { code: 0, detail: '' };
  return failure('mint-refused', `The mint refused: ${detail.slice(0, 200)}`, { mintCode, status }).failure;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wireProof({ amount, id, secret, C, witness }: WitnessedProof) {
  return { amount: Number(amount), id, secret, C, ...(witness === null ? {} : { witness }) };
}

/** Blank outputs have an amount too, which mints ignore. */
function wireOutput({ amountSat, keysetId, blinded }: PlannedOutput) {
  return { amount: Number(amountSat) || 1, id: keysetId, B_: blinded };
}
