import type { Signer } from '../keys/index.ts';

const AUTH_KIND = 22_242;
/** A relay that asks anew faster than it listens to answers gets no more of them. */
const MAX_PROOFS_PER_ATTEMPT = 3;

interface Attempt {
  /** Of the challenge that it answers. */
  round: number;
  proofs: number;
  /** Of the newest proof. */
  eventId: string | null;
  decided: boolean;
  readonly answer: PromiseWithResolvers<boolean>;
}

/**
 * Proves to one relay over one connection, only when it insists, which key is asking (NIP-42): once for each
 * challenge, of which only the newest counts.
 */
export class RelayAuth {
  readonly #relayUrl: string;
  readonly #signer: Signer | null;
  readonly #now: () => number;
  readonly #send: (message: readonly unknown[]) => void;
  #challenge: string | null = null;
  #round = 0;
  #attempt: Attempt | null = null;
  #over = false;

  constructor(
    relayUrl: string,
    signer: Signer | null,
    now: () => number,
    send: (message: readonly unknown[]) => void,
  ) {
    this.#relayUrl = relayUrl;
    this.#signer = signer;
    this.#now = now;
    this.#send = send;
  }

  /** Counts the challenges: who was refused in an earlier round may try again. */
  get round(): number {
    return this.#round;
  }

  onChallenge(challenge: string): void {
    if (challenge === this.#challenge) return;
    this.#challenge = challenge;
    this.#round += 1;
    if (this.#attempt?.decided === false) this.#prove(this.#attempt);
  }

  /** Takes the relay's OK to our AUTH; `false` when it is an OK to something else. */
  onOk(eventId: string, accepted: boolean): boolean {
    if (this.#attempt === null || eventId !== this.#attempt.eventId) return false;
    this.#decide(this.#attempt, accepted);
    return true;
  }

  /** Whether the relay accepts us; resolves `false` without a signer and when the connection ends first. */
  authenticate(): Promise<boolean> {
    if (this.#signer === null || this.#over) return Promise.resolve(false);
    const known = this.#attempt;
    if (known !== null && (!known.decided || known.round === this.#round)) return known.answer.promise;
    const answer = Promise.withResolvers<boolean>();
    const attempt: Attempt = { round: this.#round, proofs: 0, eventId: null, decided: false, answer };
    this.#attempt = attempt;
    this.#prove(attempt);
    return answer.promise;
  }

  /** The connection is gone. */
  abandon(): void {
    this.#over = true;
    if (this.#attempt !== null) this.#decide(this.#attempt, false);
  }

  /** Answers the newest challenge; one that has not come yet is answered when it comes. */
  #prove(attempt: Attempt): void {
    const challenge = this.#challenge;
    const signer = this.#signer;
    if (challenge === null || signer === null || attempt.proofs >= MAX_PROOFS_PER_ATTEMPT) return;
    attempt.round = this.#round;
    attempt.proofs += 1;
    attempt.eventId = null;
    const tags = [
      ['relay', this.#relayUrl],
      ['challenge', challenge],
    ];
    // A signer that refuses ends the attempt; a challenge that never comes ends with the connection.
    signer.sign({ kind: AUTH_KIND, created_at: this.#now(), tags, content: '' }).then(
      (event) => {
        if (attempt.decided || this.#challenge !== challenge) return;
        attempt.eventId = event.id;
        this.#send(['AUTH', event]);
      },
      () => this.#decide(attempt, false),
    );
  }

  #decide(attempt: Attempt, accepted: boolean): void {
    attempt.decided = true;
    attempt.answer.resolve(accepted);
  }
}
