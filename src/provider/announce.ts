import {
  announcedParams,
  buildAnnouncement,
  buildHeartbeat,
  buildProfile,
  buildRelayList,
  isBuiltProfile,
  kindContract,
  nameOfProfile,
  parseRelayList,
  paymentAddressOfProfile,
  PROFILE_KIND,
  RELAY_LIST_KIND,
  type NostrEvent,
} from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { sellableBy } from './exchange.ts';
import { isOffered, type Service } from './handler.ts';

/** Clients hide services that were silent for 15 minutes; a beat each minute survives a bad relay. */
const HEARTBEAT_MS = 60_000;

/**
 * Publishes the announcements of services (NIP-89 kind 31990), and before those that are sold by nutzaps how we take
 * these (kind 10019); returns the services for which no relay took it.
 */
export async function announceServices(
  context: ProviderContext,
  services: readonly Service[],
): Promise<readonly Service[]> {
  const untaken: Service[] = [];
  const takesNutzaps =
    services.filter(isOffered).some(isSoldByNutzaps(context)) && (await announceNutzaps(context));
  for (const service of services.filter(isOffered)) {
    const acceptsNutzaps = isSoldByNutzaps(context)(service);
    if (acceptsNutzaps && !takesNutzaps) {
      untaken.push(service);
      continue;
    }
    const seller = service.seller ?? context.sellerName;
    const template = buildAnnouncement({
      identifier: service.id,
      kinds: [service.kind],
      name: service.name,
      about: service.about,
      ...(service.picture === undefined ? {} : { picture: service.picture }),
      ...(seller === null ? {} : { seller }),
      ...(service.quotedByHand === true ? { byHand: true } : {}),
      ...(hasFlexiblePrice(service)
        ? { amount: 'flexible', fromMsat: service.priceMsat }
        : { amount: service.priceMsat }),
      supportsEncryption: true,
      ...(opensFiles(context, service) ? { supportsEncryptedFiles: true } : {}),
      acceptsNutzaps,
      ...(context.lud16 === null ? {} : { lud16: context.lud16 }),
      ...(context.operatorPubkey === null ? {} : { operatorPubkey: context.operatorPubkey }),
      nip90Params: service.params ?? announcedParams(service.contract ?? kindContract(service.kind)),
      createdAt: context.now(),
    });
    const taken = await publishOpenly(context, await context.signer.sign(template), 'announcement-refused');
    if (!taken) untaken.push(service);
  }
  return untaken;
}

/** People are given the addresses of files, and need a program of their own to open them. */
function opensFiles({ fetchInput }: ProviderContext, { quotedByHand, opensFilesByHand }: Service): boolean {
  return quotedByHand === true ? opensFilesByHand === true : fetchInput !== null;
}

function hasFlexiblePrice({ pricing, quotedByHand }: Service): boolean {
  return pricing?.isFixed === false || quotedByHand === true;
}

function isSoldByNutzaps({ ecash }: ProviderContext): (service: Service) => boolean {
  return (service) => ecash !== null && sellableBy(service).includes('nutzap');
}

async function announceNutzaps({ ecash, onTrouble }: ProviderContext): Promise<boolean> {
  const isTaken = ecash !== null && (await ecash.announce());
  if (!isTaken)
    onTrouble({ code: 'announcement-refused', message: 'No relay took how we take nutzaps (10019).' }, null);
  return isTaken;
}

/**
 * Beats (kind 11998) until the provider closes, so that clients see it is alive, and with each beat announces
 * what no relay has taken yet: services, the profile by which plain clients find who we are and how to pay us, and where
 * we are reached. While nobody is present it says so once, and then nothing. The returned function beats at once.
 */
export function keepHeartbeat(context: ProviderContext, untaken: readonly Service[]): () => void {
  let unannounced = untaken;
  let saidOffline = false;
  let lastBeatAt = 0;
  let [hasProfile, hasRelayList] = [false, false];
  const beat = async () => {
    unannounced = await announceServices(context, unannounced);
    hasProfile ||= await announceProfile(context);
    hasRelayList ||= await announceRelays(context);
    const first = context.services[0];
    const isPresent = context.isPresent() && context.services.some(isOffered);
    if (!first || !context.speaks() || (!isPresent && saidOffline)) return;
    const status = isPresent ? 'online' : 'offline';
    lastBeatAt = Math.max(context.now(), lastBeatAt + 1); // of two in one second relays may keep either
    const event = await context.signer.sign(
      buildHeartbeat({ identifier: first.id, status, createdAt: lastBeatAt }),
    );
    const isTaken = await publishOpenly(context, event, 'heartbeat-refused');
    saidOffline = isTaken && !isPresent;
  };
  let beating: Promise<void> | null = null;
  let isAskedAgain = false;
  const run = () => {
    isAskedAgain = beating !== null;
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => {
        beating = null;
        if (isAskedAgain && !context.signal.aborted) run();
      });
  };
  run();
  const timer = setInterval(run, HEARTBEAT_MS);
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return run;
}

/**
 * Publishes a profile (kind 0) with who sells and our lightning address, where our key has none on any of our relays, or
 * one that we wrote and that says something else: a person's own profile stays as it is. Says whether there is nothing
 * left to do; while a relay does not answer, it may have one.
 */
async function announceProfile(context: ProviderContext): Promise<boolean> {
  const { lud16, sellerName, services } = context;
  if (lud16 === null && sellerName === null) return true;
  const { newest: profile, isComplete } = await ownNewest(context, PROFILE_KIND);
  if (profile === null && !isComplete) return false;
  if (profile !== null && (!isBuiltProfile(profile) || isSaidIn(profile, context))) return true;
  const sold = services.map((service) => service.name).join(', ');
  const template = buildProfile({
    name: sellerName ?? sold,
    about: `Sells: ${sold}.`,
    ...(lud16 === null ? {} : { lud16 }),
    bot: services.some(({ quotedByHand }) => quotedByHand !== true),
    createdAt: Math.max(context.now(), (profile?.created_at ?? 0) + 1), // of one second relays may keep either
  });
  return publishOpenly(context, await context.signer.sign(template), 'profile-refused');
}

function isSaidIn(profile: NostrEvent, { lud16, sellerName }: ProviderContext): boolean {
  const isNamed = sellerName === null || nameOfProfile(profile) === sellerName;
  return isNamed && paymentAddressOfProfile(profile) === lud16;
}

/** Marks the relay lists that providers write, by which they know them again: a person's own is not ours to replace. */
const OUR_MARK = ['client', 'coinop'] as const;

/**
 * Publishes where requests and pings reach us (NIP-65 kind 10002), under the same conditions as the profile. Says
 * whether there is nothing left to do.
 */
async function announceRelays(context: ProviderContext): Promise<boolean> {
  const { relayUrls, now } = context;
  const { newest: list, isComplete } = await ownNewest(context, RELAY_LIST_KIND);
  if (list === null && !isComplete) return false;
  const isOurs = list?.tags.some(([name, value]) => name === OUR_MARK[0] && value === OUR_MARK[1]);
  const written = list === null ? null : parseRelayList(list);
  const isSaid = written?.ok === true && isSameSet(written.value.read, relayUrls);
  if (list !== null && (isOurs !== true || isSaid)) return true;
  const template = buildRelayList({ read: relayUrls, write: relayUrls, createdAt: now() });
  const marked = { ...template, tags: [...template.tags, OUR_MARK] };
  return publishOpenly(context, await context.signer.sign(marked), 'relay-list-refused');
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === new Set(right).size && left.every((item) => right.includes(item));
}

/** The newest event of that kind by our key, and whether all of our relays have told what they have. */
async function ownNewest(
  context: ProviderContext,
  kind: number,
): Promise<{ readonly newest: NostrEvent | null; readonly isComplete: boolean }> {
  const { relays, relayUrls, signer } = context;
  const answered = new Set<string>();
  let newest: NostrEvent | null = null;
  const looking = new AbortController();
  await relays.subscribe({
    relays: relayUrls,
    filters: [{ kinds: [kind], authors: [signer.pubkey], limit: 1 }],
    onEvent: (event) => {
      if (newest === null || event.created_at > newest.created_at) newest = event;
    },
    onEose: (relay) => answered.add(relay),
    signal: AbortSignal.any([context.signal, looking.signal]),
  });
  looking.abort();
  return { newest, isComplete: relayUrls.every((url) => answered.has(url)) };
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
