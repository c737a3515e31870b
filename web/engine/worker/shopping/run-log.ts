import type { PurchaseUpdate, ResultVerdict } from '../../../../src/customer/index.ts';
import type { ProviderError } from '../../../../src/customer/index.ts';
import type { NostrEvent } from '../../../../src/protocol/index.ts';
import type { RunHappening } from '../../contract.ts';

const MAX_HAPPENINGS = 256;
const MAX_ERRORS = 50;
const MAX_EVENTS = 100;
const MAX_NOTE_CHARS = 500;

/** What was heard of one purchase since this engine follows it; the rest is in the books. */
export interface RunLog {
  readonly happenings: readonly RunHappening[];
  readonly errors: readonly ProviderError[];
  /** The latest of each provider. */
  readonly partials: ReadonlyMap<string, string>;
  readonly events: ReadonlyMap<string, NostrEvent>;
  readonly verdict: ResultVerdict | null;
  note(update: PurchaseUpdate): void;
}

/** Begins an empty log. */
export function createRunLog(): RunLog {
  const happenings: RunHappening[] = [];
  const errors: ProviderError[] = [];
  const partials = new Map<string, string>();
  const events = new Map<string, NostrEvent>();
  let verdict: ResultVerdict | null = null;
  const keep = (at: number, what: RunHappening['what']) => {
    happenings.push({ at, what });
    if (happenings.length > MAX_HAPPENINGS) happenings.shift();
  };
  return {
    happenings,
    errors,
    partials,
    events,
    get verdict() {
      return verdict;
    },
    note(update) {
      const { at } = update;
      switch (update.type) {
        case 'state':
          return keep(at, { type: 'state', state: update.state });
        case 'sent':
          return keep(at, { type: 'sent', relays: update.relays });
        case 'offer': {
          const { providerPubkey, amountMsat, event } = update.offer;
          if (events.size < MAX_EVENTS) events.set(event.id, event);
          return keep(at, { type: 'offer', providerPubkey, amountMsat });
        }
        case 'provider-error': {
          const { providerPubkey, code, detail } = update.error;
          if (errors.length < MAX_ERRORS) errors.push(update.error);
          return keep(at, { type: 'error', providerPubkey, code, detail });
        }
        case 'progress': {
          const { providerPubkey } = update;
          return keep(at, { type: 'progress', providerPubkey, note: update.note.slice(0, MAX_NOTE_CHARS) });
        }
        case 'partial': {
          const { providerPubkey, content } = update;
          if (!partials.has(providerPubkey)) keep(at, { type: 'partial', providerPubkey });
          return void partials.set(providerPubkey, content);
        }
        case 'result':
          return keep(at, { type: 'result', providerPubkey: update.providerPubkey });
        case 'verdict':
          verdict = update.verdict;
          return;
        case 'awaiting-approval':
        case 'offers-left':
          return;
      }
    },
  };
}
