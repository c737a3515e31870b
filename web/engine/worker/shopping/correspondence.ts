import { unixNow } from '../../../../src/clock/index.ts';
import { hearWords, writeToProvider } from '../../../../src/customer/index.ts';
import type { Ledger, Purchase } from '../../../../src/ledger/index.ts';
import { failure, success, tagValues, type Outcome } from '../../../../src/protocol/index.ts';
import type { WrittenWords } from '../../work-contract.ts';
import type { OwnersDesk } from '../desk.ts';
import { keepWords } from '../kept-words.ts';
import type { Vault } from '../vault.ts';

/** What a customer and the providers of its runs write to each other. */
export interface Correspondence {
  /** Tells what was written about a run, now and when more comes, until the signal aborts. */
  watch(requestId: string, tell: (words: readonly WrittenWords[]) => void, signal: AbortSignal): void;
  write(words: {
    readonly requestId: string;
    readonly providerPubkey: string;
    readonly text: string;
  }): Promise<Outcome<void>>;
}

/** Opens the correspondence of one identity. */
export function openCorrespondence(parts: {
  readonly desk: OwnersDesk;
  readonly ledger: Ledger;
  readonly vault: Vault;
}): Correspondence {
  const { desk, ledger, vault } = parts;
  const kept = keepWords(vault, 'bought');
  const listeners = new Set<(requestId: string) => void>();
  const add = async (requestId: string, words: WrittenWords) => {
    await kept.add(requestId, words);
    for (const tell of listeners) tell(requestId);
  };
  const own = async (requestId: string) => {
    const purchase = await ledger.purchases.get(requestId);
    return purchase?.customerPubkey === desk.pubkey ? purchase : null;
  };
  return {
    watch(requestId, tell, signal) {
      const look = (changed: string) => {
        if (changed === requestId)
          void kept.list(requestId).then((words) => {
            if (!signal.aborted) tell(words);
          });
      };
      listeners.add(look);
      signal.addEventListener('abort', () => listeners.delete(look), { once: true });
      look(requestId);
      void own(requestId).then(async (purchase) => {
        if (purchase === null || signal.aborted) return;
        await hearWords(desk, {
          purchase,
          isHeard: (pubkey) => pubkey !== desk.pubkey && isConcerned(purchase, pubkey),
          onWords: ({ id, authorPubkey: by, type, text, createdAt: at }) =>
            void add(requestId, { id, type, text, at, by, mine: false }),
          signal: AbortSignal.any([signal, desk.signal]),
        });
      });
    },
    async write({ requestId, providerPubkey, text }) {
      const purchase = await own(requestId);
      if (purchase === null) return failure('not-found', 'This key has no such purchase.');
      const customer = { signer: desk.signer, ledger, now: unixNow };
      const written = await writeToProvider(customer, purchase, { providerPubkey, type: 'note', text });
      if (!written.ok) return written;
      const { id, type, createdAt: at } = written.value;
      await add(requestId, { id, type, text, at, by: desk.pubkey, mine: true });
      return success(undefined);
    },
  };
}

/** Whether that may be a provider of the job: whom it is for, or who took it; one that is for nobody may be anybody's. */
function isConcerned({ request, offer }: Purchase, pubkey: string): boolean {
  const targets = tagValues(request, 'p');
  return targets.length === 0 || targets.includes(pubkey) || offer?.providerPubkey === pubkey;
}
