import { msat, MAX_MSAT, type Msat } from './msat.ts';
import type { WrittenAmount } from './job.ts';
import { allValues, type Tags } from './tag-reading.ts';
import type { NostrEvent } from './event.ts';

/** What the price tags of an event say together: the amount and the invoice, wherever they were put. */
export interface WrittenPrice {
  readonly amount: WrittenAmount | null;
  readonly bolt11: string | null;
}

const MSAT_PER_UNIT: ReadonlyMap<string, bigint> = new Map([
  ...['msat', 'msats', 'millisat', 'millisats', 'millisatoshi', 'millisatoshis'].map(
    (unit) => [unit, 1n] as const,
  ),
  ...['sat', 'sats', 'satoshi', 'satoshis'].map((unit) => [unit, 1000n] as const),
]);
/** Words beside an amount that say where or how to pay, not how much. */
const PAYMENT_LABEL = /^(invoice|bolt11|lightning|ln)$/i;
const LIGHTNING_ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const NUMBER = /^(\d{1,19}|\d{1,3}(_\d{3}){1,6})$/;
const BOLT11 = /^(?:lightning:)?(ln(?:bcrt|bc|tbs|tb|sb)[0-9a-z]+)$/i;
/** Tags other than `amount` in which peers put the invoice. */
const INVOICE_TAGS = ['bolt11', 'invoice', 'payment_request'];

/** The invoice in a tag value, without a `lightning:` prefix and in lower case; `null` when it holds none. */
export function readBolt11(value: string): string | null {
  return BOLT11.exec(value.trim())?.[1]?.toLowerCase() ?? null;
}

/**
 * Reads the values of one `amount` or `bid` tag. Plain digits are millisatoshis, as NIP-90 says; a unit written
 * beside them counts, and underscores between thousands are dropped. Anything that leaves the number or its
 * unit open (several numbers, another currency, a foreign payment request) gives `msat: null`.
 */
export function readAmount(values: readonly string[]): WrittenAmount {
  const numbers = new Set<bigint>();
  const units = new Set<bigint>();
  let unclear = false;
  for (const value of values.map((item) => item.trim())) {
    if (value === '' || saysWhere(value)) continue;
    const unit = MSAT_PER_UNIT.get(value.toLowerCase());
    if (unit !== undefined) units.add(unit);
    else if (NUMBER.test(value)) numbers.add(BigInt(value.replaceAll('_', '')));
    else unclear = true;
  }
  const [number] = numbers;
  const [unit = 1n] = units;
  const clear = !unclear && number !== undefined && numbers.size === 1 && units.size <= 1;
  return { msat: clear ? msatOrNull(number * unit) : null, raw: values };
}

/**
 * Reads what an event asks to be paid: its `amount` tag and the invoice in it or in a tag of its own.
 * Several `amount` tags that disagree leave the amount ambiguous.
 */
export function readPrice(tags: Tags): WrittenPrice {
  const amounts = tags.filter((tag) => tag[0] === 'amount').map((tag) => tag.slice(1));
  const invoices = [
    ...amounts.flat(),
    ...INVOICE_TAGS.flatMap((name) => tags.filter((tag) => tag[0] === name).flatMap((tag) => tag.slice(1))),
  ];
  let bolt11: string | null = null;
  for (const value of invoices) bolt11 ??= readBolt11(value);
  const [first, ...others] = amounts.map(readAmount);
  if (first === undefined) return { amount: null, bolt11 };
  const agreed = others.every((other) => other.msat === first.msat);
  return { amount: agreed ? first : { msat: null, raw: amounts.flat() }, bolt11 };
}

function saysWhere(value: string): boolean {
  return readBolt11(value) !== null || readLightningAddress(value) !== null || PAYMENT_LABEL.test(value);
}

/** A lightning address (`name@domain`, LUD-16), or `null` when the text is none. */
export function readLightningAddress(value: string | undefined): string | null {
  return value !== undefined && LIGHTNING_ADDRESS.test(value) ? value : null;
}

/** The lightning address that an answer asks to be paid at, in a tag of its own or beside the amount. */
export function paymentAddress(answer: { readonly event: NostrEvent }): string | null {
  const { tags } = answer.event;
  const written = ['lud16', 'lightning_address', 'amount'].flatMap((name) => allValues(tags, name));
  return written.find((value) => readLightningAddress(value) !== null) ?? null;
}

function msatOrNull(amount: bigint): Msat | null {
  return amount > MAX_MSAT ? null : msat(amount);
}
