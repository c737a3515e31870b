import type { Account } from '../../account/index.ts';
import type { PublishReceipt } from '../../relays/index.ts';
import { parseJson, isRecord } from '../../protocol/index.ts';
import { fine, type Check } from './check.ts';

/** An ephemeral kind (NIP-01) that nobody else uses: relays pass it on and keep nothing. */
const PROBE_KIND = 25_019;
const PROBE_TIMEOUT_MS = 8_000;
const DOCUMENT_TIMEOUT_MS = 5_000;
const MAX_DOCUMENT_BYTES = 65_536;

/** Slower than this is felt in every purchase. */
const SLOW_MS = 2_000;
/** Relays refuse events of clocks that are far off, and quotes and invoices seem expired or not yet valid. */
const SKEW_SECONDS = { warn: 30, fail: 300 } as const;
/** A request with an inlined document is about so long. */
const WANTED_MESSAGE_BYTES = 128_000;

/** Each relay: connect, write and read back an event, its limits, and the time by its clock. */
export async function checkRelays(account: Account, signal: AbortSignal): Promise<Check[]> {
  if (account.relayUrls.length === 0) {
    const todo = 'Name one with --relay, or start `coinop up` in another terminal.';
    return [{ check: 'relay', subject: '', status: 'fail', found: 'no relay is known', todo }];
  }
  const perRelay = account.relayUrls.map(async (relay): Promise<readonly Check[]> => {
    const [probed, document] = await Promise.all([
      probe(account, relay, signal),
      readDocument(relay, signal),
    ]);
    return [probed, ...limitChecks(relay, document), ...clockChecks(relay, document)];
  });
  return (await Promise.all(perRelay)).flat();
}

/** Writes an event that no relay keeps, and waits until it comes back by a subscription. */
async function probe(account: Account, relay: string, signal: AbortSignal): Promise<Check> {
  const { relays, signer, now } = account;
  const event = await signer.sign({ kind: PROBE_KIND, created_at: now(), tags: [], content: '' });
  const ended = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  const cameBack = Promise.withResolvers<boolean>();
  ended.addEventListener('abort', () => cameBack.resolve(false), { once: true });
  const listening = new AbortController();
  try {
    await relays.subscribe({
      relays: [relay],
      filters: [{ kinds: [PROBE_KIND], authors: [event.pubkey], since: event.created_at - 60 }],
      onEvent: ({ id }) => id === event.id && cameBack.resolve(true),
      signal: AbortSignal.any([ended, listening.signal]),
    });
    const startedAt = performance.now();
    const [receipt] = await relays.publish(event, [relay], { signal: ended });
    const isBack = isTaken(receipt) && (await cameBack.promise);
    return verdict(relay, receipt, isBack, Math.round(performance.now() - startedAt));
  } finally {
    listening.abort();
  }
}

function verdict(relay: string, receipt: PublishReceipt | undefined, isBack: boolean, tookMs: number): Check {
  const at = { check: 'relay', subject: relay } as const;
  if (!isTaken(receipt)) {
    const outcome = receipt?.outcome ?? 'unreachable';
    const found = `${outcome}: ${receipt?.message ?? 'no answer'}`;
    const todo =
      outcome === 'refused'
        ? 'It does not take your events: use another relay.'
        : 'Check the address, or use another.';
    return { ...at, status: 'fail', found, todo, data: { outcome } };
  }
  if (!isBack) {
    const todo = 'Answers may not reach you over it: add another relay.';
    return { ...at, status: 'warn', found: 'it takes events and does not show them', todo };
  }
  const found = `writes and reads, ${tookMs} ms`;
  if (tookMs <= SLOW_MS) return fine('relay', relay, found, { tookMs });
  return { ...at, status: 'warn', found, todo: 'Add a relay that is nearer.', data: { tookMs } };
}

function isTaken(receipt: PublishReceipt | undefined): boolean {
  return receipt?.outcome === 'accepted' || receipt?.outcome === 'duplicate';
}

/** What a relay says about itself (NIP-11), and when, by its clock and by ours. */
interface RelayDocument {
  readonly limitation: Readonly<Record<string, unknown>>;
  /** Unix seconds by the relay's HTTP server; `null` when it does not say. */
  readonly theirSeconds: number | null;
  readonly ourSeconds: number;
}

/**
 * Reads the information document. Not through the guarded client: the person at the keyboard chose the address, which
 * may well be private, and the `Date` header is wanted as well. The answer is bounded in time and size.
 */
async function readDocument(relay: string, signal: AbortSignal): Promise<RelayDocument | null> {
  try {
    const answer = await fetch(relay.replace(/^ws/, 'http'), {
      headers: { Accept: 'application/nostr+json' },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(DOCUMENT_TIMEOUT_MS)]),
    });
    const ourSeconds = Date.now() / 1000;
    const date = Date.parse(answer.headers.get('date') ?? '');
    const document = parseJson(await boundedText(answer));
    const limitation = isRecord(document) && isRecord(document['limitation']) ? document['limitation'] : {};
    return { limitation, theirSeconds: Number.isNaN(date) ? null : date / 1000, ourSeconds };
  } catch {
    return null; // a relay need not speak HTTP
  }
}

async function boundedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  if (answer.body === null) return text;
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_DOCUMENT_BYTES) return '';
  }
  return text;
}

function limitChecks(relay: string, document: RelayDocument | null): Check[] {
  if (document === null) return [];
  const { limitation } = document;
  const warn = (found: string, todo: string): Check => ({
    check: 'relay limits',
    subject: relay,
    status: 'warn',
    found,
    todo,
    data: limitation,
  });
  const maxBytes = limitation['max_message_length'];
  const problems = [
    ...(typeof maxBytes === 'number' && maxBytes < WANTED_MESSAGE_BYTES
      ? [warn(`messages of at most ${maxBytes} bytes`, 'Give long inputs as URLs, or add another relay.')]
      : []),
    ...(limitation['payment_required'] === true
      ? [warn('it wants to be paid', 'Pay it, or use another.')]
      : []),
    ...(limitation['restricted_writes'] === true
      ? [warn('not everybody may write', 'See whether your events are taken, above.')]
      : []),
  ];
  if (problems.length > 0) return problems;
  return [fine('relay limits', relay, 'none that matter', limitation)];
}

function clockChecks(relay: string, document: RelayDocument | null): Check[] {
  if (document === null || document.theirSeconds === null) return [];
  const skewSeconds = Math.round(document.ourSeconds - document.theirSeconds);
  const size = Math.abs(skewSeconds);
  const found = size <= 1 ? 'in time' : `${size} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} ${relay}`;
  const data = { skewSeconds };
  if (size <= SKEW_SECONDS.warn) return [fine('clock', relay, found, data)];
  const status = size > SKEW_SECONDS.fail ? 'fail' : 'warn';
  const todo = 'Set the clock of this machine (NTP); if several relays agree with you, it is the relay.';
  return [{ check: 'clock', subject: relay, status, found, todo, data }];
}
