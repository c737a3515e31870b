import * as z from 'zod';
import { failure, satsToMsat, success, type Outcome } from '../protocol/index.ts';
import {
  accessByLists,
  CAREFUL_GRADES,
  gradedTrust,
  type AccessPolicy,
  type BalanceLimits,
  type KeyList,
  type ProviderLimits,
  type TrustPolicy,
} from '../provider/index.ts';
import { openKeyList, type KeyListParts } from './key-list.ts';
import { MAX_SATS } from './option-values.ts';

const Count = z.int().positive();
const Sats = z.int().nonnegative().max(MAX_SATS);
const Percent = z.int().min(0).max(100);

const DAY_SECONDS = 86_400;

const Access = z.strictObject({
  /** Files with a public key in hex on each line. */
  block: z.string().min(1).optional(),
  allow: z.string().min(1).optional(),
});

const Trust = z.strictObject({
  after_paid_sales: Count.default(CAREFUL_GRADES.afterPaidSales),
  after_days: z
    .int()
    .nonnegative()
    .default(CAREFUL_GRADES.afterSeconds / DAY_SECONDS),
  percent_of_paid: Percent.default(CAREFUL_GRADES.percentOfPaid),
  most_sat: Sats.default(Number(CAREFUL_GRADES.mostMsat / 1000n)),
  deliver_percent: Percent.default(CAREFUL_GRADES.deliverPercent),
  unpaid_sales_at_most: z.int().nonnegative().default(CAREFUL_GRADES.unpaidSalesAtMost),
});

const Limits = z.strictObject({
  open_sales: Count.optional(),
  offers_per_stranger: Count.optional(),
  offers_per_payer: Count.optional(),
  requests_per_minute: Count.optional(),
  strangers_per_minute: Count.optional(),
  refusals_per_minute: z.int().nonnegative().optional(),
  /** What all customers together may owe for work before payment. */
  unpaid_sat: Sats.optional(),
});

const Balances = z
  .strictObject({
    min_top_up_sat: Sats.optional(),
    max_top_up_sat: Sats.optional(),
    /** What one customer may have here at most. */
    most_sat: Sats.optional(),
  })
  .refine(({ min_top_up_sat: least = 0, max_top_up_sat: most = Infinity }) => least <= most, {
    message: 'min_top_up_sat must not be more than max_top_up_sat',
  });

/** The tables of `coinop.toml` that hold for all that a process sells. */
export const SELLING_RULES = {
  /** Who is served. */
  access: Access.optional(),
  /** Who is worked for before it pays: an empty table is a careful start (`CAREFUL_GRADES`). */
  trust: Trust.optional(),
  limits: Limits.optional(),
  /** How much customers may prepay. */
  balances: Balances.optional(),
};

/** Those tables, read. */
export interface SellingRules {
  readonly access?: z.output<typeof Access> | undefined;
  readonly trust?: z.output<typeof Trust> | undefined;
  readonly limits?: z.output<typeof Limits> | undefined;
  readonly balances?: z.output<typeof Balances> | undefined;
}

/** Every field of these tables, by its path. */
export const SELLING_RULE_FIELDS: readonly string[] = Object.entries({
  access: Access,
  trust: Trust,
  limits: Limits,
  balances: Balances,
}).flatMap(([table, { shape }]) => Object.keys(shape).map((field) => `${table}.${field}`));

/** Flags of `coinop serve` that stand in for fields of the file. */
export interface RuleFlags {
  readonly block?: string;
  readonly allow?: string;
  /** The most that anybody is trusted with by what it has paid. */
  readonly trust?: number;
  /** What all customers together may owe. */
  readonly unpaidMost?: number;
  /** Prices up to which customers who always paid so far are worked for, and delivered to, unpaid. */
  readonly workUnpaid: number;
  readonly deliverUnpaid: number;
  /** Trusts customers without a record as well. */
  readonly trustStrangers: boolean;
}

/** The rules as providers keep them. */
export interface SellingPolicy {
  /** The lists are not open yet, see `openAccess`. */
  readonly access: NonNullable<SellingRules['access']>;
  readonly trust: TrustPolicy;
  /** Those that are named; the provider knows the others. */
  readonly limits: Partial<ProviderLimits>;
  readonly balances: Partial<BalanceLimits>;
}

/** The rules of the file, with the flags in place of its fields. Fails with `invalid-argument` where they contradict each other. */
export function policyOf(file: SellingRules, flags: RuleFlags): Outcome<SellingPolicy> {
  const { block, allow, trust: mostSats, unpaidMost, workUnpaid, deliverUnpaid, trustStrangers } = flags;
  const grades =
    mostSats === undefined ? file.trust : { ...(file.trust ?? Trust.parse({})), most_sat: mostSats };
  if (grades !== undefined && (workUnpaid > 0 || deliverUnpaid > 0 || trustStrangers))
    return failure(
      'invalid-argument',
      'Trust by --trust or [trust] grows with what was paid; leave out --work-unpaid, --deliver-unpaid and --trust-strangers.',
    );
  return success({
    access: { ...file.access, ...optional('block', block), ...optional('allow', allow) },
    trust: grades === undefined ? fixedTrust(flags) : trustBy(grades),
    limits: limitsOf({ ...file.limits, ...optional('unpaid_sat', unpaidMost) }),
    balances: balancesOf(file.balances ?? {}),
  });
}

/** Who is served, by the files that are named and followed while the signal has not aborted. Fails with `key-list-unreadable`. */
export async function openAccess(
  access: SellingPolicy['access'],
  parts: KeyListParts,
): Promise<Outcome<AccessPolicy>> {
  const lists: { blocked?: KeyList; allowed?: KeyList } = {};
  if (access.block !== undefined) {
    const blocked = await openKeyList(access.block, parts);
    if (!blocked.ok) return blocked;
    lists.blocked = blocked.value;
  }
  if (access.allow !== undefined) {
    const allowed = await openKeyList(access.allow, parts);
    if (!allowed.ok) return allowed;
    lists.allowed = allowed.value;
  }
  return success(accessByLists(lists));
}

function trustBy(trust: z.output<typeof Trust>): TrustPolicy {
  return gradedTrust({
    afterPaidSales: trust.after_paid_sales,
    afterSeconds: trust.after_days * DAY_SECONDS,
    percentOfPaid: trust.percent_of_paid,
    mostMsat: satsToMsat(trust.most_sat),
    deliverPercent: trust.deliver_percent,
    unpaidSalesAtMost: trust.unpaid_sales_at_most,
  });
}

/** Who left anything unpaid is trusted with nothing any more. */
function fixedTrust({ workUnpaid, deliverUnpaid, trustStrangers }: RuleFlags): TrustPolicy {
  return ({ paidSales, unpaidSales }) => {
    const isTrusted = unpaidSales === 0 && (paidSales > 0 || trustStrangers);
    return {
      workUnpaidUpToMsat: satsToMsat(isTrusted ? workUnpaid : 0),
      deliverUnpaidUpToMsat: satsToMsat(isTrusted ? deliverUnpaid : 0),
    };
  };
}

function limitsOf(limits: z.output<typeof Limits>): Partial<ProviderLimits> {
  const { unpaid_sat: unpaidSats } = limits;
  return {
    ...optional('openSales', limits.open_sales),
    ...optional('offersPerStranger', limits.offers_per_stranger),
    ...optional('offersPerPayer', limits.offers_per_payer),
    ...optional('requestsPerMinute', limits.requests_per_minute),
    ...optional('strangersPerMinute', limits.strangers_per_minute),
    ...optional('refusalsPerMinute', limits.refusals_per_minute),
    ...optional('unpaidMsat', unpaidSats === undefined ? undefined : satsToMsat(unpaidSats)),
  };
}

function balancesOf(balances: z.output<typeof Balances>): Partial<BalanceLimits> {
  const { min_top_up_sat: least, max_top_up_sat: most, most_sat: balance } = balances;
  return {
    ...optional('minTopUpMsat', least === undefined ? undefined : satsToMsat(least)),
    ...optional('maxTopUpMsat', most === undefined ? undefined : satsToMsat(most)),
    ...optional('maxBalanceMsat', balance === undefined ? undefined : satsToMsat(balance)),
  };
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  const field: Partial<Record<Name, Value>> = {};
  if (value !== undefined) field[name] = value;
  return field;
}
