import { bytesToHex } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { formatAddress, parseAddress, type EventAddress } from './event-address.ts';
import { isHex32, tagValues, type EventTemplate, type NostrEvent } from './event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from './event-refusal.ts';
import type { WrittenAmount } from './job.ts';
import { success, type Outcome } from './outcome.ts';
import { firstTag, readSeconds, type Tags } from './tag-reading.ts';
import { readAmount } from './written-amount.ts';

/** The kinds of sold subscriptions, as the withdrawn NIP-88 draft and nostrdvm write them. */
export const SUBSCRIPTION_KINDS = { tier: 37001, subscribe: 7001, unsubscribe: 7002, receipt: 7003 } as const;

/** What is paid how often. */
export interface RecurringPrice {
  /** With its unit as written; `msat` is null for other money. */
  readonly amount: WrittenAmount;
  /** As sent: `daily`, `weekly`, `monthly`, `quarterly`, `yearly`. */
  readonly cadence: string;
}

/** A share of each payment. */
export interface ZapSplit {
  /** `null`: whoever helps the subscriber may put its own key there. */
  readonly pubkey: string | null;
  readonly weight: number;
}

/** What can be subscribed to (kind 37001). */
export interface SubscriptionTier {
  readonly recipientPubkey: string;
  /** The `d` tag. */
  readonly identifier: string;
  readonly title: string | null;
  readonly picture: string | null;
  readonly about: string;
  readonly perks: readonly string[];
  /** At least one. */
  readonly prices: readonly RecurringPrice[];
  readonly splits: readonly ZapSplit[];
  /** Keys whose receipts (kind 7003) the recipient believes. */
  readonly verifierPubkeys: readonly string[];
  readonly createdAt: number;
}

/** Reads a tier. Fails with `wrong-kind`, or with `malformed-tag` for `d` or `amount` (no price). */
export function parseSubscriptionTier(event: NostrEvent): Outcome<SubscriptionTier, EventFailureCode> {
  if (event.kind !== SUBSCRIPTION_KINDS.tier) return wrongKind(event, 'subscription tier (37001)');
  const { tags } = event;
  const identifier = firstTag(tags, 'd')?.[1];
  if (identifier === undefined) return malformedTag('d', 'there, to tell tiers apart');
  const prices = tags.flatMap((tag) => readPrice(tag) ?? []);
  if (prices.length === 0) return malformedTag('amount', 'a number, its unit and how often it is due');
  return success({
    recipientPubkey: event.pubkey,
    identifier,
    title: firstTag(tags, 'title')?.[1] ?? null,
    picture: (firstTag(tags, 'picture') ?? firstTag(tags, 'image'))?.[1] ?? null,
    about: event.content,
    perks: tags.flatMap(([name, perk = '']) => (name === 'perk' && perk !== '' ? [perk] : [])),
    prices,
    splits: readSplits(tags),
    verifierPubkeys: [...new Set(tagValues(event, 'p').filter(isHex32))],
    createdAt: event.created_at,
  });
}

/** Writes a tier; the picture in both spellings. */
export function buildSubscriptionTier(tier: Omit<SubscriptionTier, 'recipientPubkey'>): EventTemplate {
  const tags = [['d', tier.identifier]];
  if (tier.title !== null) tags.push(['title', tier.title]);
  if (tier.picture !== null) tags.push(['image', tier.picture], ['picture', tier.picture]);
  for (const perk of tier.perks) tags.push(['perk', perk]);
  tags.push(...tier.prices.map(priceTag), ...tier.splits.map(splitTag));
  for (const pubkey of tier.verifierPubkeys) tags.push(['p', pubkey]);
  return { kind: SUBSCRIPTION_KINDS.tier, created_at: tier.createdAt, tags, content: tier.about };
}

/** Somebody's promise to pay (kind 7001). Proves nothing about paying. */
export interface Subscription {
  readonly id: string;
  readonly subscriberPubkey: string;
  readonly recipientPubkey: string;
  readonly tier: EventAddress | null;
  /** The id of the tier's event, as nostrdvm tags it. */
  readonly tierEventId: string | null;
  readonly price: RecurringPrice;
  readonly splits: readonly ZapSplit[];
  readonly createdAt: number;
}

/** Reads a subscription. Fails with `wrong-kind`, or with `malformed-tag` for `p` or `amount` (not exactly one). */
export function parseSubscription(event: NostrEvent): Outcome<Subscription, EventFailureCode> {
  if (event.kind !== SUBSCRIPTION_KINDS.subscribe) return wrongKind(event, 'subscription (7001)');
  const { tags } = event;
  const recipientPubkey = tagValues(event, 'p').find(isHex32);
  if (recipientPubkey === undefined) return malformedTag('p', 'the key that is subscribed to');
  const amounts = tags.filter(([name]) => name === 'amount');
  const price = amounts.length === 1 ? readPrice(amounts[0] ?? []) : null;
  if (price === null) return malformedTag('amount', 'there once: a number, its unit and how often it is due');
  return success({
    id: event.id,
    subscriberPubkey: event.pubkey,
    recipientPubkey,
    tier: parseAddress(firstTag(tags, 'a')?.[1]),
    tierEventId: tagValues(event, 'e').find(isHex32) ?? null,
    price,
    splits: readSplits(tags),
    createdAt: event.created_at,
  });
}

/** Writes a subscription; the tier is named in both ways. */
export function buildSubscription(
  subscription: Omit<Subscription, 'id' | 'subscriberPubkey'>,
): EventTemplate {
  const { recipientPubkey, tier, tierEventId, price, splits, createdAt } = subscription;
  const tags = [['p', recipientPubkey]];
  if (tier !== null) tags.push(['a', formatAddress(tier)]);
  if (tierEventId !== null) tags.push(['e', tierEventId]);
  tags.push(priceTag(price), ...splits.map(splitTag));
  return { kind: SUBSCRIPTION_KINDS.subscribe, created_at: createdAt, tags, content: '' };
}

/** The end of a subscription, as its subscriber wants it (kind 7002). */
export interface Unsubscription {
  readonly subscriberPubkey: string;
  readonly recipientPubkey: string | null;
  readonly subscriptionId: string;
  readonly createdAt: number;
}

/** Reads the end of a subscription. Fails with `wrong-kind`, or with `malformed-tag` for `e`. */
export function parseUnsubscription(event: NostrEvent): Outcome<Unsubscription, EventFailureCode> {
  if (event.kind !== SUBSCRIPTION_KINDS.unsubscribe) return wrongKind(event, 'unsubscription (7002)');
  const subscriptionId = tagValues(event, 'e').find(isHex32);
  if (subscriptionId === undefined) return malformedTag('e', 'the id of the subscription');
  return success({
    subscriberPubkey: event.pubkey,
    recipientPubkey: tagValues(event, 'p').find(isHex32) ?? null,
    subscriptionId,
    createdAt: event.created_at,
  });
}

/** Ends a subscription; `createdAt` is unix seconds. */
export function buildUnsubscription(end: {
  readonly subscription: Pick<Subscription, 'id' | 'recipientPubkey'>;
  readonly createdAt: number;
}): EventTemplate {
  const tags = [
    ['p', end.subscription.recipientPubkey],
    ['e', end.subscription.id],
  ];
  return { kind: SUBSCRIPTION_KINDS.unsubscribe, created_at: end.createdAt, tags, content: '' };
}

/** Says that a period was paid (kind 7003); worth as much as its signer is trusted by the recipient. */
export interface SubscriptionReceipt {
  readonly signerPubkey: string;
  readonly recipientPubkey: string;
  readonly subscriberPubkey: string;
  readonly subscriptionId: string;
  /** The `d` tag of the tier; `null` when absent. */
  readonly tierIdentifier: string | null;
  /** Unix seconds. */
  readonly validFrom: number;
  readonly validUntil: number;
  readonly createdAt: number;
}

/** Reads a receipt. Fails with `wrong-kind`, or with `malformed-tag` for `p`, `P`, `e` or `valid`. */
export function parseSubscriptionReceipt(event: NostrEvent): Outcome<SubscriptionReceipt, EventFailureCode> {
  if (event.kind !== SUBSCRIPTION_KINDS.receipt) return wrongKind(event, 'subscription receipt (7003)');
  const { tags } = event;
  const recipientPubkey = tagValues(event, 'p').find(isHex32);
  if (recipientPubkey === undefined) return malformedTag('p', 'the key that was paid');
  const subscriberPubkey = tagValues(event, 'P').find(isHex32);
  if (subscriberPubkey === undefined) return malformedTag('P', 'the key that paid');
  const subscriptionId = tagValues(event, 'e').find(isHex32);
  if (subscriptionId === undefined) return malformedTag('e', 'the id of the subscription');
  const [, from, until] = firstTag(tags, 'valid') ?? [];
  const [validFrom, validUntil] = [readSeconds(from), readSeconds(until)];
  if (validFrom === null || validUntil === null || validUntil < validFrom)
    return malformedTag('valid', 'the beginning and the end of the paid period in unix seconds');
  return success({
    signerPubkey: event.pubkey,
    recipientPubkey,
    subscriberPubkey,
    subscriptionId,
    tierIdentifier: firstTag(tags, 'tier')?.[1] ?? null,
    validFrom,
    validUntil,
    createdAt: event.created_at,
  });
}

/** Writes a receipt for a period that was seen paid. */
export function buildSubscriptionReceipt(receipt: Omit<SubscriptionReceipt, 'signerPubkey'>): EventTemplate {
  const tags = [
    ['p', receipt.recipientPubkey],
    ['P', receipt.subscriberPubkey],
    ['e', receipt.subscriptionId],
    ['valid', receipt.validFrom.toString(), receipt.validUntil.toString()],
  ];
  if (receipt.tierIdentifier !== null) tags.push(['tier', receipt.tierIdentifier]);
  return { kind: SUBSCRIPTION_KINDS.receipt, created_at: receipt.createdAt, tags, content: '' };
}

function readPrice([name, value = '', unit = '', cadence = '']: readonly string[]): RecurringPrice | null {
  if (name !== 'amount' || value === '' || unit === '' || cadence === '') return null;
  return { amount: readAmount([value, unit]), cadence };
}

function priceTag({ amount, cadence }: RecurringPrice): string[] {
  return ['amount', ...amount.raw, cadence];
}

/** NIP-57's form has a relay between key and weight; the draft's own example leaves it out. */
function readSplits(tags: Tags): ZapSplit[] {
  return tags.flatMap(([name, pubkey = '', second = '', third = '']) => {
    const weight = third === '' ? second : third;
    const key = pubkey === '' ? null : readKey(pubkey);
    if (name !== 'zap' || key === undefined || !/^\d{1,9}$/.test(weight)) return [];
    return [{ pubkey: key, weight: Number(weight) }];
  });
}

/** A key in hex, or as `npub` where nostrdvm forgot to convert it. */
function readKey(text: string): string | undefined {
  if (isHex32(text)) return text;
  const decoded = bech32.decodeUnsafe(text);
  const bytes = decoded?.prefix === 'npub' ? bech32.fromWordsUnsafe(decoded.words) : undefined;
  return bytes?.length === 32 ? bytesToHex(bytes) : undefined;
}

function splitTag({ pubkey, weight }: ZapSplit): string[] {
  return ['zap', pubkey ?? '', '', weight.toString()];
}
