import { pause } from '../../clock/index.ts';
import { success } from '../../protocol/index.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { WalletNotification, WalletOutcome } from '../wallet.ts';
import { fromBase64, toPathBase64, type LndApi } from './lnd-api.ts';
import { isHoldInvoice, objects, readCount, readInvoice, readPayment } from './lnd-records.ts';

/** A stream is opened anew after this time, so that a connection that died in silence is noticed. */
const STREAM_MS = 300_000;
const CALL_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Hold invoices looked for when a stream begins, of all states and newest first. */
const RECENT_INVOICES = 500;
/** Each hold invoice is watched on a connection of its own; more go unannounced until they are looked up. */
const MAX_WATCHED_HOLDS = 200;

/**
 * Tells of LND's payments until the signal aborts. LND's stream of all invoices tells of added and settled ones
 * only, so every unpaid hold invoice, old or new, is watched by itself. Streams that end are opened again: the
 * invoices' from where it ended, the payments' with a gap.
 */
export function listenToLnd(
  api: LndApi,
  options: {
    readonly listener: (notification: WalletNotification) => void;
    readonly now: () => number;
    readonly signal: AbortSignal;
  },
): void {
  const { now, signal } = options;
  const wait = { timeoutMs: STREAM_MS, signal };
  const watchedHolds = new Set<string>();
  const listener = (notification: WalletNotification): void => {
    if (!signal.aborted) options.listener(notification); // lines that had arrived are still read
  };

  async function streamInvoices(seen: SeenIndexes): Promise<WalletOutcome<void>> {
    const recent = await api.call(
      { path: `/v1/invoices?reversed=true&num_max_invoices=${RECENT_INVOICES}` },
      { timeoutMs: CALL_TIMEOUT_MS, signal },
    );
    if (!recent.ok) return recent;
    for (const invoice of objects(recent.value['invoices'])) {
      // What was settled before we listened is no news; what was settled while we could not, is.
      if (!seen.begun) noteIndexes(seen, invoice);
      watchHold(invoice);
    }
    seen.begun = true;
    const query = `add_index=${seen.addIndex}&settle_index=${seen.settleIndex}`;
    const ended = await api.stream({ path: `/v1/invoices/subscribe?${query}` }, wait, (invoice) => {
      noteIndexes(seen, invoice);
      watchHold(invoice);
      const payment = readInvoice(invoice, now());
      if (payment?.state === 'settled') listener({ type: 'received', payment });
    });
    return ended.ok ? success(undefined) : ended;
  }

  async function streamPayments(): Promise<WalletOutcome<void>> {
    const path = '/v2/router/payments?no_inflight_updates=true';
    const ended = await api.stream({ path }, wait, (sent) => {
      const payment = readPayment(sent);
      if (payment?.state === 'settled') listener({ type: 'sent', payment });
    });
    return ended.ok ? success(undefined) : ended;
  }

  function watchHold(invoice: JsonObject): void {
    const paymentHash = fromBase64(invoice['r_hash']);
    const isOpen = invoice['state'] === 'OPEN' || invoice['state'] === 'ACCEPTED';
    if (paymentHash === null || !isOpen || !isHoldInvoice(invoice)) return;
    if (watchedHolds.has(paymentHash) || watchedHolds.size >= MAX_WATCHED_HOLDS) return;
    watchedHolds.add(paymentHash);
    void keepOpen(() => streamHold(paymentHash), signal).finally(() => watchedHolds.delete(paymentHash));
  }

  /** Done once the invoice is accepted or over: what follows, the stream of all invoices tells. */
  async function streamHold(paymentHash: string): Promise<WalletOutcome<'done' | void>> {
    const path = `/v2/invoices/subscribe/${toPathBase64(paymentHash)}`;
    const ended = await api.stream({ path }, wait, (invoice) => {
      const payment = readInvoice(invoice, now());
      if (payment?.state === 'accepted') listener({ type: 'held', payment });
      return payment === null || payment.state === 'pending' ? undefined : 'done';
    });
    if (!ended.ok) return ended.failure.code === 'wallet-not-found' ? success('done') : ended;
    return success(ended.value ?? undefined);
  }

  const seen = { begun: false, addIndex: 0, settleIndex: 0 };
  void keepOpen(() => streamInvoices(seen), signal);
  void keepOpen(streamPayments, signal);
}

/** How far the stream of invoices was heard, once it began. */
interface SeenIndexes {
  begun: boolean;
  addIndex: number;
  settleIndex: number;
}

function noteIndexes(seen: SeenIndexes, invoice: JsonObject): void {
  seen.addIndex = Math.max(seen.addIndex, readCount(invoice['add_index']) ?? 0);
  seen.settleIndex = Math.max(seen.settleIndex, readCount(invoice['settle_index']) ?? 0);
}

/** Runs a stream again and again until it is done or the signal aborts, ever more rarely while it fails. */
async function keepOpen(
  stream: () => Promise<WalletOutcome<'done' | void>>,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const ended = await stream();
    if (ended.ok && ended.value === 'done') return;
    const isQuiet = ended.ok || ended.failure.code === 'wallet-timeout';
    pauseMs = isQuiet ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    await pause(pauseMs, signal);
  }
}
