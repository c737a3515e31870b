import type {
  ComparedOffer,
  Customer,
  JobSteps,
  OfferComparison,
  PurchaseHandle,
  PurchaseUpdate,
} from '../../../../src/customer/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import type { JobPicture, NostrEvent } from '../../../../src/protocol/index.ts';
import type { RunState, RunSummary } from '../../contract.ts';
import type { Desk } from '../desk.ts';
import type { AskedWords } from './asked-words.ts';
import { withoutFirst } from './hedges.ts';
import { createPictureFrame } from './picture-frame.ts';
import type { QrWallet } from './qr-wallet.ts';
import { keepOpenings, type Opening } from './openings.ts';
import { viewResult } from './result-view.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { faceOf, facesIn, type Together } from './together.ts';
import { comparedTogether, loggedTogether } from './together-view.ts';

const MAX_ABOUT_CHARS = 140;
/** Changes that come close together are told together. */
const GATHER_MS = 40;

/** What the purchases of one identity look like to pages. */
export interface Runs {
  /** Logs what happens to a purchase from now on. */
  follow(handle: PurchaseHandle): void;
  /** Something changed that no purchase tells of. */
  changed(): void;
  /** The result of that purchase was found again: it is opened once more where it could not be. */
  found(requestId: string): Promise<void>;
  /** Tells the list now and after changes. */
  watchList(limit: number, tell: (runs: readonly RunSummary[]) => void, signal: AbortSignal): void;
  /** Tells one run now and after changes; `null` while there is none. */
  watchRun(requestId: string, tell: (run: RunState | null) => void, signal: AbortSignal): void;
  /** Tells the steps of the job that a run is one of, now and after changes. */
  watchSteps(requestId: string, tell: (steps: JobSteps | null) => void, signal: AbortSignal): void;
}

/** Keeps the runs of a customer; `heard` is told of every update, before the pages are. */
export function createRuns(parts: {
  readonly desk: Desk;
  /** The customer at work; another one after the wallet was changed. */
  readonly customer: () => Customer;
  readonly qr: () => QrWallet | null;
  readonly together: Together;
  readonly asked: AskedWords;
  readonly heard: (requestId: string, update: PurchaseUpdate) => void;
}): Runs {
  const { desk, customer, qr, together, asked: words, heard } = parts;
  const logs = new Map<string, RunLog>();
  const handles = new Map<string, PurchaseHandle>();
  const listeners = new Set<() => void>();
  let gathering: ReturnType<typeof setTimeout> | null = null;
  const changed = () => {
    gathering ??= setTimeout(() => {
      gathering = null;
      for (const tell of listeners) tell();
    }, GATHER_MS);
  };
  /** Calls `look` now and after changes, never twice at once; a change during a look has it look again. */
  const whenever = (look: () => Promise<void>, signal: AbortSignal) => {
    let looking = false;
    let again = false;
    const run = async () => {
      again = true;
      if (looking) return;
      looking = true;
      while (again && !signal.aborted) {
        again = false;
        await look().catch(() => undefined); // the books were closed, or taken over
      }
      looking = false;
    };
    const start = () => void run();
    listeners.add(start);
    signal.addEventListener('abort', () => listeners.delete(start), { once: true });
    start();
  };
  const openings = keepOpenings((purchase) => viewResult({ customer: customer(), desk }, purchase), changed);

  const stateOf = (
    purchase: Purchase,
    seen: {
      readonly wish: readonly Purchase[];
      readonly comparison: RunState['comparison'];
      readonly picture: JobPicture | null;
      readonly about: string;
    },
    opening: Opening | null,
  ): RunState => {
    const { offer } = purchase;
    const { wish, comparison, picture, about } = seen;
    const log = loggedTogether(
      purchase.requestId,
      wish.flatMap(({ requestId }) => {
        const kept = logs.get(requestId);
        return kept === undefined ? [] : [[requestId, kept] as const];
      }),
    );
    const taken = timesOf(comparison, offer?.event.id);
    const invoice = offer?.paymentHash == null ? null : (qr()?.shown(offer.paymentHash) ?? null);
    return {
      about,
      purchase,
      together: wish.length < 2 ? [] : wish.map(askedOf),
      comparison,
      happenings: log.happenings,
      errors: log.errors,
      partials: log.partials.map(([providerPubkey, content]) => ({ providerPubkey, content })),
      result:
        opening?.outcome?.ok === true
          ? {
              ...opening.outcome.value,
              verdict: log.verdict ?? opening.outcome.value.verdict,
              reviewed: purchase.state === 'reviewed',
            }
          : null,
      resultTrouble: opening?.outcome?.ok === false ? opening.outcome.failure : null,
      usualSeconds: taken?.usualSeconds ?? null,
      worstSeconds: taken?.worstSeconds ?? null,
      invoiceToPay: invoice === null ? null : { bolt11: invoice.bolt11, amountMsat: invoice.amountMsat },
      picture,
      events: eventsOf(wish, log.events),
    };
  };

  return {
    changed,
    async found(requestId) {
      const purchase = await customer().get(requestId);
      if (purchase !== null) openings.retry(purchase);
      changed();
    },
    follow(handle) {
      const { requestId } = handle;
      const log = createRunLog(); // a handle tells again what it still has
      handles.set(requestId, handle);
      logs.set(requestId, log);
      const read = async () => {
        for await (const update of handle.events()) {
          if (handles.get(requestId) !== handle) return;
          log.note(update);
          heard(requestId, update);
          changed();
        }
        if (handles.get(requestId) === handle) handles.delete(requestId);
        changed();
      };
      void read();
    },
    watchList(limit, tell, signal) {
      whenever(async () => {
        const faces = facesIn(await customer().list({ limit }));
        tell(await Promise.all(faces.map(async (face) => summaryOf(face, await words.of(face)))));
      }, signal);
    },
    watchSteps(requestId, tell, signal) {
      whenever(async () => tell(await customer().steps(requestId)), signal);
    },
    watchRun(requestId, tell, signal) {
      /** As they were last; of purchases that nobody follows they are looked up once. */
      const known = new Map<string, OfferComparison | null>();
      let shownId = requestId;
      let opening: Opening | null = null;
      const picture = createPictureFrame(() => customer().trace(shownId), changed, signal);
      const comparisonOf = (id: string) => {
        const live = handles.get(id)?.comparison();
        if (live !== undefined) known.set(id, live);
        return known.get(id) ?? null;
      };
      whenever(async () => {
        const asked = await customer().get(requestId);
        if (asked === null || asked.customerPubkey !== desk.pubkey) return tell(null);
        const wish = await together.of(asked);
        const purchase = faceOf(wish) ?? asked;
        shownId = purchase.requestId;
        const comparisons = wish.flatMap((each) => comparisonOf(each.requestId) ?? []);
        const comparison = withoutFirst(purchase, comparedTogether(shownId, comparisons));
        const about = await words.of(purchase);
        if (purchase.result?.id !== opening?.resultId) opening = openings.of(purchase);
        tell(stateOf(purchase, { wish, comparison, picture: picture.shown(), about }, opening));
        void words.open(purchase).then(
          (isMore) => isMore && changed(),
          () => undefined, // a signer that cannot open it now
        );
        picture.isOf(`${shownId} ${purchase.version} ${logs.get(shownId)?.happenings.length}`);
        for (const { requestId: id } of wish) {
          if (known.has(id)) continue;
          known.set(id, await customer().comparison(id));
          changed();
        }
      }, signal);
    },
  };
}

/** Whom one of several requests asks, and how it stands. */
function askedOf({ requestId, request, state, failure }: Purchase): RunState['together'][number] {
  const providerPubkey = request.tags.find(([name]) => name === 'p')?.[1] ?? '';
  return { requestId, providerPubkey, state, failure };
}

function timesOf(
  comparison: RunState['comparison'],
  taken: string | undefined,
): Pick<ComparedOffer, 'usualSeconds' | 'worstSeconds'> | null {
  const offers = comparison?.offers ?? [];
  const id = taken ?? comparison?.choice?.offerId;
  return offers.find((offer) => offer.id === id) ?? offers[0] ?? null;
}

function eventsOf(wish: readonly Purchase[], heard: readonly NostrEvent[]): readonly NostrEvent[] {
  const own = wish.flatMap(({ request, offer, result }) => [request, offer?.event, result]);
  const events = new Map([...own, ...heard].flatMap((event) => (event ? [[event.id, event] as const] : [])));
  return [...events.values()].toSorted((one, other) => one.created_at - other.created_at);
}

function summaryOf(purchase: Purchase, words: string): RunSummary {
  return {
    requestId: purchase.requestId,
    kind: purchase.request.kind,
    about: words.slice(0, MAX_ABOUT_CHARS),
    state: purchase.state,
    amountMsat: purchase.offer?.amountMsat ?? null,
    providerPubkey: purchase.offer?.providerPubkey ?? purchase.result?.pubkey ?? null,
    openedAt: purchase.openedAt,
    updatedAt: purchase.updatedAt,
    encrypted: purchase.request.tags.some(([name]) => name === 'encrypted'),
  };
}
