import {
  announcedParams,
  buildAnnouncement,
  buildHeartbeat,
  kindContract,
  type NostrEvent,
} from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';

/** Clients hide services that were silent for 15 minutes; a beat each minute survives a bad relay. */
const HEARTBEAT_MS = 60_000;

/** Publishes the announcements of services (NIP-89 kind 31990); returns those that no relay took. */
export async function announceServices(
  context: ProviderContext,
  services: readonly Service[],
): Promise<readonly Service[]> {
  const untaken: Service[] = [];
  for (const service of services) {
    const template = buildAnnouncement({
      identifier: service.id,
      kinds: [service.kind],
      name: service.name,
      about: service.about,
      amount: service.priceMsat,
      supportsEncryption: true,
      acceptsNutzaps: false,
      ...(context.lud16 === null ? {} : { lud16: context.lud16 }),
      nip90Params: service.params ?? announcedParams(service.contract ?? kindContract(service.kind)),
      createdAt: context.now(),
    });
    const taken = await publishOpenly(context, await context.signer.sign(template), 'announcement-refused');
    if (!taken) untaken.push(service);
  }
  return untaken;
}

/**
 * Beats (kind 11998) until the provider closes, so that clients see it is alive, and with each beat announces
 * what no relay has taken yet.
 */
export function keepHeartbeat(context: ProviderContext, untaken: readonly Service[]): void {
  let unannounced = untaken;
  const beat = async () => {
    unannounced = await announceServices(context, unannounced);
    const first = context.services[0];
    if (!first) return;
    const event = await context.signer.sign(
      buildHeartbeat({ identifier: first.id, status: 'online', createdAt: context.now() }),
    );
    await publishOpenly(context, event, 'heartbeat-refused');
  };
  let beating: Promise<void> | null = null;
  const run = () => {
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => (beating = null));
  };
  run();
  const timer = setInterval(run, HEARTBEAT_MS);
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function publishOpenly(context: ProviderContext, event: NostrEvent, code: string): Promise<boolean> {
  const receipts = await context.relays.publish(event, context.relayUrls, { signal: context.signal });
  const taken = receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate');
  if (!taken && !context.signal.aborted)
    context.onTrouble(
      { code, message: `No relay took the event: ${receipts[0]?.message ?? 'none is known'}` },
      null,
    );
  return taken;
}
