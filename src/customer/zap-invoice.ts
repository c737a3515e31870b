import type { ChosenOffer } from '../ledger/index.ts';
import {
  ANNOUNCEMENT_KIND,
  failure,
  parseAnnouncement,
  paymentAddress,
  paymentAddressOfProfile,
  PROFILE_KIND,
  success,
  type Failure,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import { takeNextOffer } from './collect.ts';
import { chosenOffer, move, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';

/** How long a pay server may take. */
const AGREE_MS = 15_000;

/**
 * Gets the invoice of an offer that is to be paid by a zap, and binds the purchase to it; from here on it is paid
 * like any other. Takes the next offer when the provider has no address that takes zaps.
 */
export async function agreeOnZap(context: CustomerContext, run: Run): Promise<Next> {
  const chosen = chosenOffer(run);
  const invoice = await zapInvoice(context, run, chosen);
  if (run.ended.signal.aborted) return { wakeInMs: AGREE_MS };
  if (!invoice.ok) return takeNextOffer(context, run, invoice.failure);
  await move(context, run, { state: 'offered', offer: { ...chosen, ...invoice.value } });
  return 'again';
}

async function zapInvoice(
  context: CustomerContext,
  run: Run,
  chosen: ChosenOffer,
): Promise<Outcome<{ readonly bolt11: string; readonly paymentHash: string }>> {
  if (context.zapInvoices === null) return refused({ code: 'no-zaps', message: 'No zaps are paid here.' });
  const signal = AbortSignal.any([run.ended.signal, AbortSignal.timeout(AGREE_MS)]);
  const payTo = await payAddressOf(context, run, chosen, signal);
  if (payTo === null)
    return refused({ code: 'no-address', message: 'The provider names no lightning address.' });
  const agreed = await context.zapInvoices({
    payTo,
    amountMsat: chosen.amountMsat,
    recipientPubkey: chosen.providerPubkey,
    about: run.request.dialect === 'first-draft' ? run.request.event : chosen.event,
    relays: run.purchase.relays,
    signal,
  });
  return agreed.ok ? success(agreed.value) : refused(agreed.failure);
}

function refused({ code, message }: Failure) {
  return failure('zap-refused', `The offer cannot be paid by a zap: ${message}`, { reason: code });
}

/** Where the provider wants its zaps: as the offer says, its profile, or the announcement of its service. */
async function payAddressOf(
  context: CustomerContext,
  run: Run,
  { event, providerPubkey }: ChosenOffer,
  signal: AbortSignal,
): Promise<string | null> {
  const named = paymentAddress({ event });
  if (named !== null) return named;
  const said = await context.relays.query(
    run.purchase.relays,
    [
      { kinds: [PROFILE_KIND], authors: [providerPubkey], limit: 1 },
      {
        kinds: [ANNOUNCEMENT_KIND],
        authors: [providerPubkey],
        '#k': [run.request.kind.toString()],
        limit: 1,
      },
    ],
    { signal },
  );
  const newest = said.toSorted((one, other) => other.created_at - one.created_at);
  for (const about of newest) {
    const address = about.kind === PROFILE_KIND ? paymentAddressOfProfile(about) : announcedAddress(about);
    if (address !== null) return address;
  }
  return null;
}

function announcedAddress(event: NostrEvent): string | null {
  const announcement = parseAnnouncement(event);
  return announcement.ok ? announcement.value.lud16 : null;
}
