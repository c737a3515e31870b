import type { Signer } from '../../../../src/keys/index.ts';
import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import {
  decryptContent,
  foldJob,
  msat,
  parseJobFeedback,
  parseJobResult,
  readFollowUp,
  readResultFile,
  ZERO_MSAT,
  type JobPlan,
} from '../../../../src/protocol/index.ts';
import { owedMsatOf } from '../../../../src/provider/index.ts';
import type { RelayPool } from '../../../../src/relays/index.ts';
import type { AskedJob, EarningsRow, JobRow, JobState, WorkbenchState } from '../../work-contract.ts';
import { readAsked } from './asked-request.ts';
import { askedOf, earnedMsat, earningsOf, rowOf } from './job-rows.ts';
import type { KeptWords } from '../kept-words.ts';
import type { Drafts } from './drafts.ts';
import type { Troubles } from './troubles.ts';

/** What the books and notes show of one worker's jobs. */
export interface WorkView {
  lists(): Promise<
    Pick<WorkbenchState, 'inbox' | 'offered' | 'active' | 'done' | 'earnedTodayMsat' | 'owedMsat'>
  >;
  job(requestId: string): Promise<JobState | null>;
}

const MAX_LISTED = 200;
const MAX_OPEN = 1_000;
/** Decrypted requests that are remembered. */
const MAX_ASKED = 1_000;

/** Looks at the books of the worker key. */
export function createWorkView(parts: {
  readonly signer: Signer;
  readonly ledger: Ledger;
  /** `null` while the workbench is not open: then only the books are looked at. */
  readonly relays: RelayPool | null;
  readonly relayUrls: readonly string[];
  readonly drafts: Drafts;
  readonly words: KeptWords;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
}): WorkView {
  const { signer, ledger, drafts, words, troubles } = parts;
  const asked = new Map<string, AskedJob | null>();
  const askedIn = async (sale: Sale): Promise<AskedJob | null> => {
    const { requestId } = sale;
    const known = asked.get(requestId);
    if (known !== undefined) return known;
    const request = await readAsked(signer, sale.request);
    const read = request && askedOf(request);
    const [oldest] = asked.keys();
    if (asked.size >= MAX_ASKED && oldest !== undefined) asked.delete(oldest);
    asked.set(requestId, read);
    return read;
  };
  const row = async (sale: Sale): Promise<JobRow> =>
    rowOf(sale, await askedIn(sale), {
      unread: await words.unread(sale.requestId),
      troubled: troubles.worstOf(sale.requestId),
    });
  const rows = (sales: readonly Sale[]) => Promise.all(sales.slice(0, MAX_LISTED).map(row));
  return {
    async lists() {
      const { pubkey: providerPubkey } = signer;
      const open = (await ledger.sales.listOpen({ providerPubkey, limit: MAX_OPEN })).toReversed();
      const recent = await ledger.sales.listRecent({ providerPubkey, limit: MAX_LISTED });
      const today = new Date().setHours(0, 0, 0, 0) / 1000;
      const earned = recent.filter(({ updatedAt }) => updatedAt >= today).map(earnedMsat);
      const owing = (await ledger.sales.listOwing({ providerPubkey, limit: MAX_OPEN })).filter(isUnsettled);
      const complainedOf = await Promise.all(
        troubles.complained().map((requestId) => ledger.sales.get(providerPubkey, requestId)),
      );
      // First, however long ago: what is still owed or complained of is not done with.
      const unsettled = [...complainedOf.filter((sale) => sale !== null), ...owing].toReversed();
      const ended = new Map([...unsettled, ...recent].map((sale) => [sale.requestId, sale]));
      const owed = (await ledger.sales.sumOwing(providerPubkey)).filter(isOwed);
      return {
        inbox: await rows(open.filter(({ work }) => work === 'received')),
        offered: await rows(open.filter(isOffered)),
        active: await rows(open.filter((sale) => !isOffered(sale) && IN_HAND.has(sale.work))),
        done: await rows([...ended.values()].filter(({ work }) => !IN_HAND.has(work) && !UNSOLD.has(work))),
        earnedTodayMsat: msat(earned.reduce<bigint>((sum, amount) => sum + amount, ZERO_MSAT)),
        owedMsat: msat(owed.reduce<bigint>((sum, { amountMsat }) => sum + amountMsat, ZERO_MSAT)),
      };
    },
    async job(requestId) {
      const sale = await ledger.sales.get(signer.pubkey, requestId);
      if (sale === null) return null;
      const continues = readFollowUp(sale.request.tags);
      const picture = await pictureOf(parts, sale);
      const own = picture?.providers.find(({ pubkey }) => pubkey === signer.pubkey);
      const offerId = continues?.offerId ?? own?.offer?.eventId;
      const seen = {
        row: await row(sale),
        sale,
        asked: await askedIn(sale),
        record: await ledger.sales.recordOf(signer.pubkey, sale.customerPubkey),
        delivered: await deliveredIn(signer, sale),
        words: await words.list(requestId),
        plan: offerId === undefined ? null : await planIn(parts, offerId, sale.customerPubkey),
        continues,
        picture,
        troubles: troubles.of(requestId),
        owedMsat: isOwed(sale) ? owedMsatOf(sale, await ledger.sales.receipts(sale)) : null,
      };
      const { draft, submitted, version: draftVersion } = await drafts.of(requestId); // last: it changes often
      return { ...seen, draft, submitted, draftVersion };
    },
  };
}

/** What the books say was sold by a worker key, newest first; also where it works in another browser by now. */
export async function earnings(
  ledger: Ledger,
  workerPubkey: string,
  limit: number,
): Promise<readonly EarningsRow[]> {
  return (await ledger.sales.listRecent({ providerPubkey: workerPubkey, limit })).map(earningsOf);
}

const IN_HAND: ReadonlySet<Sale['work']> = new Set(['accepted', 'working', 'ready']);
/** Not answered yet, or with a no. */
const UNSOLD: ReadonlySet<Sale['work']> = new Set(['received', 'refused']);
/** Money that is ours and goes back. */
const OWED: ReadonlySet<Sale['money']> = new Set(['refund-due', 'refunding', 'unclaimed']);
const isOwed = ({ money }: Pick<Sale, 'money'>) => OWED.has(money);
const isUnsettled = (sale: Pick<Sale, 'money'>) => isOwed(sale) || sale.money === 'unreconciled';

/** An offer that nobody has paid yet. */
const isOffered = ({ work, money }: Sale) => work === 'accepted' && money === 'quoted';

/** What a sale brought its customer, read as the customer does; `null` until there is a result. */
async function deliveredIn(signer: Signer, { result, customerPubkey }: Sale): Promise<JobState['delivered']> {
  if (result === null) return null;
  const sealed = parseJobResult(result);
  const opened =
    sealed.ok && sealed.value.encrypted ? await decryptContent(result, customerPubkey, signer) : null;
  if (!sealed.ok || opened?.ok === false) return null;
  const content = opened?.value ?? result.content;
  const found = readResultFile(content, result.tags);
  if (found === null) return { content, mediaType: sealed.value.mediaType ?? 'text/plain', file: null };
  const { url, name, mediaType, size: sizeBytes } = found.file;
  return {
    content: found.text.replace(url, '').trim(),
    mediaType: 'text/plain',
    file: { name, mediaType, sizeBytes },
  };
}

/** What an own offer promised beyond the job, as the outbox has kept it. */
async function planIn(
  { signer, ledger }: Pick<Parameters<typeof createWorkView>[0], 'signer' | 'ledger'>,
  offerId: string,
  customerPubkey: string,
): Promise<JobPlan | null> {
  const event = (await ledger.outbox.get(offerId))?.event;
  if (event?.pubkey !== signer.pubkey) return null;
  const sealed = parseJobFeedback(event);
  if (!sealed.ok || !sealed.value.encrypted) return sealed.ok ? sealed.value.plan : null;
  const opened = await decryptContent(event, customerPubkey, signer);
  const read = opened.ok ? parseJobFeedback(event, opened.value) : opened;
  return read.ok ? read.value.plan : null;
}

/** What the relays show of the job: above all, what its customer says of it. */
async function pictureOf(
  {
    relays,
    relayUrls,
    signal,
  }: Pick<Parameters<typeof createWorkView>[0], 'relays' | 'relayUrls' | 'signal'>,
  { request, result }: Sale,
): Promise<JobState['picture']> {
  if (relays === null) return null;
  const about = [request.id, ...(result === null ? [] : [result.id])];
  const events = await relays.query(relayUrls, [{ '#e': about, limit: 200 }], { signal });
  return foldJob({ request, events: result === null ? events : [...events, result] });
}
