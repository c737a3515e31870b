import * as z from 'zod';
import { RESCUE_REASONS, satsToMsat } from '../../protocol/index.ts';
import type { Service } from '../../provider/index.ts';

const Seconds = z.int().min(1).max(3600);

/** `rescue`: when and how far a service steps in for providers that failed. */
export const RescueSettings = z.strictObject({
  /** Which failures count. */
  on: z.array(z.enum(RESCUE_REASONS)).min(1).optional(),
  silence_seconds: Seconds.optional(),
  late_seconds: Seconds.optional(),
  /** The least that such an offer asks. */
  from_sat: z.int().nonnegative().max(2_100_000_000_000_000).optional(),
  per_hour: z.int().min(1).max(10_000).optional(),
  at_once: z.int().min(1).max(1000).optional(),
  /** Requests that name other providers count too. */
  targeted: z.boolean().optional(),
});

/** The terms that settings ask for; what they leave out is as usual. */
export function rescueOf(settings: z.output<typeof RescueSettings>): NonNullable<Service['rescue']> {
  const { on: reasons, silence_seconds: silenceSeconds, late_seconds: lateSeconds } = settings;
  const { from_sat: fromSats, per_hour: perHour, at_once: atOnce, targeted } = settings;
  return {
    ...(reasons === undefined ? {} : { reasons }),
    ...(silenceSeconds === undefined ? {} : { silenceSeconds }),
    ...(lateSeconds === undefined ? {} : { lateSeconds }),
    ...(fromSats === undefined ? {} : { fromMsat: satsToMsat(fromSats) }),
    ...(perHour === undefined ? {} : { perHour }),
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(targeted === undefined ? {} : { targeted }),
  };
}
