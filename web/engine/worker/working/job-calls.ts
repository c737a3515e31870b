import { unixNow } from '../../../../src/clock/index.ts';
import type { GuardedFetch } from '../../../../src/http/index.ts';
import type { Ledger } from '../../../../src/ledger/index.ts';
import { failure, success, type Failure, type Outcome } from '../../../../src/protocol/index.ts';
import { refundSale } from '../../../../src/provider/index.ts';
import type { WorkCalls } from '../../work-contract.ts';
import type { KeptWords } from '../kept-words.ts';
import { openAskedFile } from './asked-request.ts';
import type { Drafts } from './drafts.ts';
import type { Hands } from './hands.ts';
import type { OpenWorkbench } from './workbench.ts';

/** What a person does about one job. */
type JobCall =
  | 'work.quote'
  | 'work.decline'
  | 'work.save-draft'
  | 'work.open-file'
  | 'work.send-partial'
  | 'work.deliver'
  | 'work.give-up'
  | 'work.refund'
  | 'work.write';

/** The calls about single jobs. */
export type JobCalls = {
  readonly [Name in JobCall]: (input: WorkCalls[Name]['input']) => Promise<WorkCalls[Name]['output']>;
};

const NOT_IN_HAND = failure('not-in-hand', 'The job is not paid for, or not yours to do any more.');

/** Makes the calls about the jobs of a workbench, as far as it is open. */
export function jobCalls(parts: {
  readonly open: () => (OpenWorkbench & { readonly ledger: Ledger }) | null;
  /** Why it is not open. */
  readonly whyClosed: () => { readonly ok: false; readonly failure: Failure };
  readonly hands: Hands;
  readonly drafts: Drafts;
  readonly words: KeptWords;
  readonly fetch: GuardedFetch;
  readonly relayUrls: () => readonly string[];
  /** What is shown of the jobs has changed. */
  readonly refresh: () => void;
  readonly signal: AbortSignal;
}): JobCalls {
  const { open, whyClosed, hands, drafts, words, relayUrls, refresh } = parts;
  /** What the page is told of a decision: that it was made, or why not. */
  const told = (decided: Outcome<unknown> | undefined): Outcome<void> => {
    if (decided === undefined) return whyClosed();
    return decided.ok ? success(undefined) : decided;
  };
  const payBack: JobCalls['work.refund'] = async (wanted) => {
    const bench = open();
    if (bench === null) return whyClosed();
    const { signer, ledger } = bench;
    const decided = await refundSale({ signer, ledger, relayUrls: relayUrls(), now: unixNow }, wanted);
    refresh();
    return told(decided);
  };

  return {
    'work.quote': async ({ requestId, amountMsat, usualSeconds, worstSeconds, note, plan }) =>
      told(
        await open()?.provider.byHand.offer(requestId, {
          amountMsat,
          usualSeconds,
          worstSeconds,
          note: note.trim() === '' ? null : note,
          ...(plan === null ? {} : { plan }),
        }),
      ),
    'work.decline': async ({ requestId, reason }) =>
      told(await open()?.provider.byHand.decline(requestId, reason)),
    'work.save-draft': ({ requestId, draft, over }) => drafts.save(requestId, draft, over),
    async 'work.open-file'(wanted) {
      const bench = open();
      if (bench === null) return whyClosed();
      return openAskedFile({ ...bench, fetch: parts.fetch }, wanted, parts.signal);
    },
    async 'work.send-partial'({ requestId, content }) {
      const bench = open();
      if (bench === null) return whyClosed();
      const sale = await bench.ledger.sales.get(bench.signer.pubkey, requestId);
      const shown = sale && hands.sendPartial(sale, content);
      return shown === null ? NOT_IN_HAND : success(shown);
    },
    async 'work.deliver'({ requestId, draft, over }) {
      const bench = open();
      if (bench === null) return whyClosed();
      const sale = await bench.ledger.sales.get(bench.signer.pubkey, requestId);
      const isTaken = sale?.work === 'working' || (sale?.work === 'accepted' && sale.money !== 'quoted');
      if (!isTaken) return NOT_IN_HAND;
      const submitted = await drafts.submit(requestId, draft, over);
      if (!submitted.ok) return submitted;
      hands.submitted(requestId);
      return success(undefined);
    },
    async 'work.give-up'({ requestId, reason }) {
      if (open() === null) return whyClosed();
      if (hands.giveUp(requestId, reason)) return success(undefined);
      return payBack({ requestId, amountMsat: null });
    },
    'work.refund': payBack,
    async 'work.write'({ requestId, text }) {
      const bench = open();
      if (bench === null) return whyClosed();
      const written = await bench.provider.byHand.write(requestId, { type: 'note', text });
      if (!written.ok) return told(written);
      await words.add(requestId, {
        id: crypto.randomUUID(),
        mine: true,
        by: bench.signer.pubkey,
        type: 'note',
        text,
        at: unixNow(),
      });
      refresh();
      return success(undefined);
    },
  };
}
