import { satsToMsat } from '../../protocol/index.ts';
import { byLoad, fixedPrice, perUnit, undercut, type PricingPolicy } from '../../provider/index.ts';
import type { ServiceSettings } from './service-settings.ts';

/** The pricing that settings ask for on top of what the service has; `null` for one price that never changes. */
export function pricingOf(
  { price_sat: priceSats, per_unit: units, by_load: load, undercut: rivals }: ServiceSettings,
  own: PricingPolicy | null,
): PricingPolicy | null {
  if (own === null && units === undefined && load === undefined && rivals === undefined) return null;
  let policy = units === undefined ? (own ?? fixedPrice(satsToMsat(priceSats ?? 0))) : unitPrice(units);
  if (load !== undefined)
    policy = byLoad(policy, {
      busyPercent: load.busy_percent,
      busyJobs: load.busy_jobs,
      ...(load.idle_percent === undefined ? {} : { idlePercent: load.idle_percent }),
    });
  if (rivals !== undefined)
    policy = undercut(policy, {
      floorMsat: satsToMsat(rivals.floor_sat),
      byMsat: satsToMsat(rivals.by_sat),
      requotes: rivals.requotes,
    });
  return policy;
}

function unitPrice(price: NonNullable<ServiceSettings['per_unit']>): PricingPolicy {
  const { unit, param, price_sat, units, base_sat, min_sat, unknown_units, measure_urls } = price;
  return perUnit({
    unit: unit ?? { param: param ?? '' },
    priceMsat: satsToMsat(price_sat),
    ...(units === undefined ? {} : { perUnits: units }),
    ...(base_sat === undefined ? {} : { baseMsat: satsToMsat(base_sat) }),
    ...(min_sat === undefined ? {} : { minMsat: satsToMsat(min_sat) }),
    ...(unknown_units === undefined ? {} : { unknownUnits: unknown_units }),
    ...(measure_urls === undefined ? {} : { measureUrls: measure_urls }),
  });
}
