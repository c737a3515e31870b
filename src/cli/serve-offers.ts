import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { Service } from '../provider/index.ts';
import { withConditions } from './serve-conditions.ts';
import { openService, SHELF, type ServiceSettings } from '../services/index.ts';

/** A service that is ready to be sold. */
export interface Offer {
  readonly settings: ServiceSettings;
  readonly service: Service;
  /** Ends what it runs. */
  close(): Promise<void>;
}

/** A service that cannot be sold here, and why. */
export interface MissingOffer {
  readonly settings: ServiceSettings;
  readonly failure: Failure;
}

/** What services are opened with. */
interface OpeningParts {
  /** Gives up opening them; those that are open go on. */
  readonly signal: AbortSignal;
  /** Hears what the program of a service says, and about which job where that is known. */
  readonly tellOperator: (words: string, about: { readonly service: string; readonly job?: string }) => void;
  /** Told of trouble with what they follow beside their jobs. */
  readonly onTrouble: (trouble: Failure) => void;
}

/** What people call a service in messages. */
export function nameOf({ name, id, shelf, kind }: ServiceSettings): string {
  return name ?? id ?? shelf ?? `kind ${kind ?? ''}`.trim();
}

/** The id and kind that a service will have, as far as its settings tell; a module may say its own. */
export function expectedService(settings: ServiceSettings): Pick<Service, 'id' | 'kind'> | null {
  const { shelf, model, mcp } = settings;
  const usual = model ? 5050 : mcp ? 5910 : SHELF.find(({ name }) => name === shelf)?.kind;
  const kind = settings.kind ?? usual;
  if (kind === undefined) return null;
  const tool = mcp?.tool === undefined ? null : `tool-${mcp.tool}`;
  return { id: settings.id ?? shelf ?? tool ?? `coinop-${kind}`, kind };
}

/**
 * Makes the services ready, all at once; what is not there is no reason not to sell the others. Services of one key
 * with equal ids are told apart by a number.
 */
export async function openOffers(
  services: readonly ServiceSettings[],
  account: Pick<Account, 'signer' | 'relays' | 'relayUrls' | 'fetchInput' | 'dir' | 'now'>,
  parts: OpeningParts,
): Promise<{ readonly offers: readonly Offer[]; readonly missing: readonly MissingOffer[] }> {
  const opened = await Promise.all(services.map((settings) => openOffer(settings, account, parts)));
  const missing = opened.flatMap((each, index) => {
    const settings = services[index];
    return each.ok || settings === undefined ? [] : [{ settings, failure: each.failure }];
  });
  return { offers: withOwnIds(opened.flatMap((each) => (each.ok ? [each.value] : []))), missing };
}

async function openOffer(
  settings: ServiceSettings,
  { signer, relays, relayUrls, fetchInput, dir, now }: Parameters<typeof openOffers>[1],
  { signal, tellOperator, onTrouble }: OpeningParts,
): Promise<Outcome<Offer>> {
  const closing = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    closing.abort(new Error('The service was closed.'));
    await Promise.all(closers.map((closeOne) => closeOne()));
  };
  // Only while it is opened: jobs that run when the process is asked to end may end first.
  const giveUp = (): void => closing.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const service = await openService(settings, {
      pubkey: signer.pubkey,
      relays,
      relayUrls,
      fetch: fetchInput,
      dir: join(dir, 'services', settings.id ?? settings.shelf ?? String(settings.kind)),
      now,
      tellOperator: (words, job) =>
        tellOperator(words, { service: nameOf(settings), ...(job === null ? {} : { job }) }),
      signal: closing.signal,
      onClose: (closer) => void closers.push(closer),
    });
    const sold = service.ok
      ? await withConditions(service.value, settings, { onTrouble, signal: closing.signal })
      : service;
    if (sold.ok) return success({ settings, service: sold.value, close });
    await close();
    return sold;
  } catch (error) {
    await close();
    if (!signal.aborted) throw error;
    return failure('interrupted', 'The service was not opened: the process is ending.');
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The ids that operators gave are theirs; `duplicate-service` tells them of equal ones. */
function withOwnIds(offers: readonly Offer[]): readonly Offer[] {
  const taken = new Set<string>();
  return offers.map((offer) => {
    const { settings, service } = offer;
    const key = (id: string) => `${settings.key ?? ''} ${id}`;
    let { id } = service;
    for (let number = 2; settings.id === undefined && taken.has(key(id)); number++)
      id = `${service.id}-${number}`;
    taken.add(key(id));
    return id === service.id ? offer : { ...offer, service: { ...service, id } };
  });
}
