import { eventId, isHex32, type EventTemplate, type NostrEvent } from '../event.ts';
import { parseMsat, type Msat } from '../msat.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { firstTag, readRelays, readSeconds } from '../tag-reading.ts';
import { isPreimageOf } from '../payments/preimage.ts';
import { readBolt11 } from '../written-amount.ts';
import {
  everybodyIsHeard,
  giftWrap,
  openGiftWrap,
  type GiftWrapRefusal,
  type IsHeard,
  type MessageSigner,
  type Rumor,
  type Wrapping,
} from './gift-wrap.ts';

/** A private message about a job. Only ever a rumor inside of a gift wrap, so no relay sees the kind. */
export const JOB_MESSAGE_KIND = 7008;

/** A bound on what a message carries beside its words. */
const MAX_TOKEN_CHARS = 100_000;
const MAX_TEXT_CHARS = 20_000;
const REASON = /^[a-z][a-z-]{0,49}$/;
const CODE_WORDS = 'a code of small letters and hyphens';

/** What a message says about its job. */
export type JobMessageBody =
  /** The customer asks for what is due to it, by an invoice over exactly that amount. */
  | { readonly type: 'refund-claim'; readonly bolt11: string }
  /** The provider owes that much, and pays a claim until then (unix seconds). */
  | { readonly type: 'refund-offer'; readonly amountMsat: Msat; readonly claimUntil: number }
  /** The provider has refunded without a claim, by a payment with that hash and preimage. */
  | { readonly type: 'refund-paid'; readonly paymentHash: string; readonly preimage: string }
  /** Ecash for the job. */
  | { readonly type: 'token'; readonly token: string }
  /** The customer has not got a result that was delivered: publish it again, on these relays too. */
  | { readonly type: 'resend'; readonly relays: readonly string[] }
  /**
   * The provider does not publish the result again, for `reason`: `not-delivered`, `not-paid` or `too-soon`; others may
   * come. `about` is the id of the message that asked.
   */
  | { readonly type: 'resend-refused'; readonly reason: string; readonly about: string }
  /** The customer paid, and the result is missing or not what was asked for, as the words say. */
  | { readonly type: 'complaint' }
  /** The customer wants to prepay so much; `requestId` is an id that it made up for this top-up. */
  | { readonly type: 'top-up'; readonly amountMsat: Msat }
  /** The invoice by which that top-up is paid. */
  | { readonly type: 'top-up-invoice'; readonly bolt11: string }
  /** The customer has its prepaid balance charged with exactly that for the job. */
  | { readonly type: 'draw'; readonly amountMsat: Msat }
  /** The customer wants the invoice paid from its balance; `requestId` is an id that it made up for this withdrawal. */
  | { readonly type: 'withdrawal'; readonly bolt11: string }
  /** What the customer's balance is after the top-up or withdrawal of that id. */
  | { readonly type: 'balance'; readonly amountMsat: Msat }
  /** The top-up or withdrawal of that id is not made, for `reason`, a code. */
  | { readonly type: 'balance-refused'; readonly reason: string }
  /** Words: something that is not clear, what should be done differently, anything else. */
  | { readonly type: 'question' | 'revision' | 'note' };

/** A message about a job, as its author means it; `text` is words for people. */
export type JobMessageDraft = JobMessageBody & {
  /** The id of the job's request, or what stands in its place. */
  readonly requestId: string;
  readonly text: string;
  /** The true time, unix seconds: only the receiver sees it. */
  readonly createdAt: number;
};

/** A message about a job, as read. Whether the author has a say in that job is for the receiver to know. */
export type JobMessage = JobMessageDraft & {
  /** The same however often and by whatever wraps it was sent. */
  readonly id: string;
  /** Proven by the seal. */
  readonly authorPubkey: string;
};

/** Words about a job, between people: what is not clear, what should be done differently, anything else. */
export type JobWords = Extract<JobMessage, { readonly type: 'question' | 'revision' | 'note' }>;

/** Whether a message is words for a person to read. */
export function areWords(message: JobMessage): message is JobWords {
  return message.type === 'question' || message.type === 'revision' || message.type === 'note';
}

/**
 * Why a gift wrap is no message about a job: it cannot be opened (see `GiftWrapRefusal`), `not-job-message` when
 * it holds something else, as people's chats are wrapped too, or `malformed-message` (`data.tag`).
 */
export type JobMessageRefusal = GiftWrapRefusal | 'not-job-message' | 'malformed-message';

/** Writes, seals and wraps a message about a job for one receiver (NIP-59). Fails with `encryption-failed`. */
export function wrapJobMessage(
  draft: JobMessageDraft,
  wrapping: Wrapping,
): Promise<Outcome<NostrEvent, 'encryption-failed'>> {
  return giftWrap(writeJobMessage(draft, wrapping.receiverPubkey), wrapping);
}

/** The id that its reader will see a message by, whatever wraps it is sent in. */
export function jobMessageId(
  draft: JobMessageDraft,
  parties: { readonly authorPubkey: string; readonly receiverPubkey: string },
): string {
  return eventId({ ...writeJobMessage(draft, parties.receiverPubkey), pubkey: parties.authorPubkey });
}

function writeJobMessage(draft: JobMessageDraft, receiverPubkey: string): EventTemplate {
  const { requestId, type, text, createdAt } = draft;
  const tags = [['e', requestId], ['p', receiverPubkey], ['message', type], ...bodyTags(draft)];
  return { kind: JOB_MESSAGE_KIND, created_at: createdAt, tags, content: text };
}

function bodyTags(body: JobMessageBody): string[][] {
  switch (body.type) {
    case 'refund-claim':
    case 'top-up-invoice':
    case 'withdrawal':
      return [['bolt11', body.bolt11]];
    case 'top-up':
    case 'draw':
    case 'balance':
      return [['amount', body.amountMsat.toString()]];
    case 'balance-refused':
      return [['reason', body.reason]];
    case 'refund-offer':
      return [
        ['amount', body.amountMsat.toString()],
        ['claim_until', body.claimUntil.toString()],
      ];
    case 'refund-paid':
      return [['payment', body.paymentHash, body.preimage]];
    case 'token':
      return [['token', body.token]];
    case 'resend':
      return body.relays.length === 0 ? [] : [['relays', ...body.relays]];
    case 'resend-refused':
      return [
        ['reason', body.reason],
        ['about', body.about],
      ];
    default:
      return [];
  }
}

/**
 * Opens a gift wrap (NIP-59) that may hold a message about a job for this receiver. The wrap's own signature is
 * checked already, as with every event from a relay. Whom the receiver does not hear costs it one decryption, not two
 * and a signature. Fails with a `JobMessageRefusal`.
 */
export async function openJobMessage(
  wrap: NostrEvent,
  receiver: Pick<MessageSigner, 'pubkey' | 'nip44'>,
  isHeard: IsHeard = everybodyIsHeard,
): Promise<Outcome<JobMessage, JobMessageRefusal>> {
  const opened = await openGiftWrap(wrap, receiver, isHeard);
  return opened.ok ? readJobMessage(opened.value, receiver.pubkey) : opened;
}

function readJobMessage(
  rumor: Rumor,
  receiverPubkey: string,
): Outcome<JobMessage, 'not-for-us' | 'not-job-message' | 'malformed-message'> {
  if (rumor.kind !== JOB_MESSAGE_KIND)
    return failure('not-job-message', `Kind ${rumor.kind} is no message about a job (7008).`);
  const requestId = firstTag(rumor.tags, 'e')?.[1];
  if (!isHex32(requestId)) return malformed('e', 'the id of a request');
  // What was sealed for somebody else could be wrapped for us by anybody who can read it.
  if (firstTag(rumor.tags, 'p')?.[1] !== receiverPubkey)
    return failure('not-for-us', 'The message was written for another receiver.');
  if (rumor.content.length > MAX_TEXT_CHARS)
    return malformed('content', `at most ${MAX_TEXT_CHARS} characters`);
  const body = readBody(rumor);
  if (!body.ok) return body;
  return success({
    ...body.value,
    requestId,
    text: rumor.content,
    createdAt: rumor.created_at,
    id: rumor.id,
    authorPubkey: rumor.pubkey,
  });
}

function readBody({ tags }: Rumor): Outcome<JobMessageBody, 'malformed-message'> {
  const type = firstTag(tags, 'message')?.[1];
  switch (type) {
    case 'refund-claim':
    case 'top-up-invoice':
    case 'withdrawal': {
      const bolt11 = readBolt11(firstTag(tags, 'bolt11')?.[1] ?? '');
      return bolt11 === null ? malformed('bolt11', 'an invoice') : success({ type, bolt11 });
    }
    case 'top-up':
    case 'draw':
    case 'balance': {
      const amountMsat = parseMsat(firstTag(tags, 'amount')?.[1] ?? '');
      return amountMsat === null
        ? malformed('amount', 'millisatoshis in digits')
        : success({ type, amountMsat });
    }
    case 'refund-offer': {
      const amountMsat = parseMsat(firstTag(tags, 'amount')?.[1] ?? '');
      const claimUntil = readSeconds(firstTag(tags, 'claim_until')?.[1]);
      if (amountMsat === null) return malformed('amount', 'millisatoshis in digits');
      return claimUntil === null
        ? malformed('claim_until', 'unix seconds')
        : success({ type, amountMsat, claimUntil });
    }
    case 'refund-paid': {
      const [, paymentHash, preimage = ''] = firstTag(tags, 'payment') ?? [];
      return isHex32(paymentHash) && isPreimageOf(preimage, paymentHash)
        ? success({ type, paymentHash, preimage })
        : malformed('payment', 'a payment hash and its preimage');
    }
    case 'token': {
      const token = firstTag(tags, 'token')?.[1];
      return token === undefined || token.length > MAX_TOKEN_CHARS
        ? malformed('token', `ecash in at most ${MAX_TOKEN_CHARS} characters`)
        : success({ type, token });
    }
    case 'resend':
      return success({ type, relays: readRelays(tags) });
    case 'resend-refused': {
      const [reason = '', about] = [firstTag(tags, 'reason')?.[1], firstTag(tags, 'about')?.[1]];
      if (!isHex32(about)) return malformed('about', 'the id of a message');
      return REASON.test(reason) ? success({ type, reason, about }) : malformed('reason', CODE_WORDS);
    }
    case 'balance-refused': {
      const reason = firstTag(tags, 'reason')?.[1] ?? '';
      return REASON.test(reason) ? success({ type, reason }) : malformed('reason', CODE_WORDS);
    }
    case 'complaint':
    case 'question':
    case 'revision':
    case 'note':
      return success({ type });
    default:
      return malformed('message', 'a known type of message');
  }
}

function malformed(tag: string, wants: string) {
  return failure('malformed-message', `The message's ${tag} must be ${wants}.`, { tag });
}
