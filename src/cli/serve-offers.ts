import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { Service } from '../provider/index.ts';
import { openService, type ServiceSettings } from '../services/index.ts';
import { withConditions } from './serve-conditions.ts';
import { orderWarning, serviceIds } from './serve-ids.ts';

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

/** What came of opening services. */
export interface OpenedOffers {
  readonly offers: readonly Offer[];
  readonly missing: readonly MissingOffer[];
  /** What is sold, and may not be as it was meant. */
  readonly warnings: readonly Failure[];
}

/**
 * Makes the services ready, all at once; what is not there is no reason not to sell the others. Services of one key
 * with equal ids are told apart by a number, see `serviceIds`.
 */
export async function openOffers(
  services: readonly ServiceSettings[],
  account: Pick<Account, 'signer' | 'relays' | 'relayUrls' | 'fetchInput' | 'dir' | 'now'>,
  parts: OpeningParts,
): Promise<OpenedOffers> {
  const opened = await Promise.all(services.map((settings) => openOffer(settings, account, parts)));
  const ids = serviceIds(
    services,
    opened.map((each) => (each.ok ? each.value.service.id : null)),
  );
  const [offers, missing]: [Offer[], MissingOffer[]] = [[], []];
  for (const [index, settings] of services.entries()) {
    const [each, id] = [opened[index], ids[index]?.id ?? null];
    if (each?.ok === false) missing.push({ settings, failure: each.failure });
    if (each?.ok !== true) continue;
    const { service } = each.value;
    if (id !== null) {
      offers.push(service.id === id ? each.value : { ...each.value, service: { ...service, id } });
      continue;
    }
    await each.value.close();
    missing.push({ settings, ...calledAlike(service.id) });
  }
  const named = services.flatMap((settings, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ settings, name: nameOf(settings), id }];
  });
  const warning = orderWarning(named);
  return { offers, missing, warnings: warning === null ? [] : [warning] };
}

function calledAlike(id: string) {
  return failure('duplicate-service', `Two services say that they are called ${id}; give each its own id.`);
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
