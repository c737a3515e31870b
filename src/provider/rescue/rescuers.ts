import {
  msat,
  RESCUE_REASONS,
  success,
  ZERO_MSAT,
  type ExchangeMode,
  type Msat,
} from '../../protocol/index.ts';
import { isOffered, type Service } from '../handler.ts';
import type { RescueTerms } from './terms.ts';

/** The terms of a service that steps in and says nothing more about it. */
const DEFAULT_RESCUE_TERMS: RescueTerms = {
  reasons: RESCUE_REASONS,
  silenceSeconds: 30,
  lateSeconds: 15,
  fromMsat: ZERO_MSAT,
  perHour: 60,
  atOnce: 5,
  targeted: false,
};

/** A service that steps in, and its terms in full. */
export interface Rescuer {
  readonly service: Service;
  readonly terms: RescueTerms;
}

/** The services that step in, in the operator's order. What a person quotes is left to that person. */
export function rescuersAmong(services: readonly Service[]): Rescuer[] {
  return services.flatMap((service) =>
    service.rescue === undefined || service.quotedByHand === true || !isOffered(service)
      ? []
      : [{ service, terms: { ...DEFAULT_RESCUE_TERMS, ...service.rescue } }],
  );
}

/**
 * Modes in which nothing happens until the customer takes the offer: who steps in unasked neither works nor draws on
 * anything before that, so that faked failures are worth nothing.
 */
export const RESCUE_MODES: ReadonlySet<ExchangeMode> = new Set([
  'hold',
  'ecash-htlc',
  'prepay',
  'zap',
  'nutzap',
]);

/** The service as it is sold to whom it rescues: for no less than its terms say. */
export function atRescuePrice({ service, terms: { fromMsat } }: Rescuer): Service {
  const atLeast = (amountMsat: Msat): Msat => msat(amountMsat > fromMsat ? amountMsat : fromMsat);
  const { pricing, priceMsat } = service;
  const raised = { ...service, priceMsat: atLeast(priceMsat) };
  if (pricing === undefined) return raised;
  return {
    ...raised,
    pricing: {
      ...pricing,
      fromMsat: atLeast(pricing.fromMsat),
      price: (situation) => {
        const priced = pricing.price(situation);
        return priced.ok
          ? success({ ...priced.value, amountMsat: atLeast(priced.value.amountMsat) })
          : priced;
      },
    },
  };
}
