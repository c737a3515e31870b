import type { Signer } from '../keys/index.ts';

const AUTH_KIND = 22_242;

/** Proves to one relay, once per connection and only when it insists, which key is asking (NIP-42). */
export class RelayAuth {
  readonly #relayUrl: string;
  readonly #signer: Signer | null;
  readonly #now: () => number;
  readonly #send: (message: readonly unknown[]) => void;
  #challenge = Promise.withResolvers<string>();
  #outcome: Promise<boolean> | null = null;
  #answer = Promise.withResolvers<boolean>();
  #eventId: string | null = null;
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

  onChallenge(challenge: string): void {
    this.#challenge.resolve(challenge);
  }

  /** Takes the relay's OK to our AUTH; `false` when it is an OK to something else. */
  onOk(eventId: string, accepted: boolean): boolean {
    if (eventId !== this.#eventId) return false;
    this.#answer.resolve(accepted);
    return true;
  }

  /** Whether the relay accepts us; resolves `false` without a signer and when the connection ends first. */
  authenticate(): Promise<boolean> {
    this.#outcome ??= this.#signer === null ? Promise.resolve(false) : this.#prove(this.#signer);
    return this.#outcome;
  }

  /** The connection is gone. */
  abandon(): void {
    this.#over = true;
    this.#answer.resolve(false);
  }

  async #prove(signer: Signer): Promise<boolean> {
    const proof = this.#challenge.promise.then(async (challenge) => {
      const tags = [
        ['relay', this.#relayUrl],
        ['challenge', challenge],
      ];
      const event = await signer.sign({ kind: AUTH_KIND, created_at: this.#now(), tags, content: '' });
      if (this.#over) return;
      this.#eventId = event.id;
      this.#send(['AUTH', event]);
    });
    // A signer that refuses ends the attempt; a challenge that never comes ends with the connection.
    proof.catch(() => this.#answer.resolve(false));
    return this.#answer.promise;
  }
}
