import { eventId, type NostrEvent } from '../protocol/index.ts';
import type { Verifier } from './contract.ts';
import { RecentMap } from './recent-map.ts';

/** What is known of an event's id and signature; `unknown` when the verifier itself failed. */
export type Verdict = 'valid' | 'forged' | 'unknown';

/**
 * Verifies each event once, however many relays and subscriptions bring it. A copy counts as the verified
 * event only when its own fields hash to its id and it carries the same signature.
 */
export class SharedVerification {
  readonly #verifier: Verifier;
  /** Event id → the signature that was verified. */
  readonly #verified: RecentMap<string>;
  readonly #running = new Map<string, Promise<Verdict>>();

  constructor(verifier: Verifier, rememberedIds: number) {
    this.#verifier = verifier;
    this.#verified = new RecentMap(rememberedIds);
  }

  /** Never rejects. */
  async check(event: NostrEvent): Promise<Verdict> {
    if (this.#verified.get(event.id) === event.sig) return hashesToItsId(event) ? 'valid' : 'forged';
    const running = this.#running.get(event.id + event.sig);
    if (running === undefined) return this.#verify(event);
    if (!hashesToItsId(event)) return 'forged';
    // The other copy may itself have been forged: its failure says nothing about this one.
    return (await running) === 'valid' ? 'valid' : this.#verify(event);
  }

  #verify(event: NostrEvent): Promise<Verdict> {
    const key = event.id + event.sig;
    const verdict = this.#verifier.verify(event).then(
      (valid): Verdict => {
        this.#running.delete(key);
        if (valid) this.#verified.set(event.id, event.sig);
        return valid ? 'valid' : 'forged';
      },
      (): Verdict => {
        this.#running.delete(key);
        return 'unknown';
      },
    );
    this.#running.set(key, verdict);
    return verdict;
  }
}

function hashesToItsId(event: NostrEvent): boolean {
  return eventId(event) === event.id;
}
