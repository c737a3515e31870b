import type { Failure } from '../protocol/index.ts';
import type { Service } from '../provider/index.ts';
import { SHELF, type ServiceSettings } from '../services/index.ts';

/** The id and kind that a service will have, as far as its settings tell; a module or a tool server may say its own. */
export function expectedService(settings: ServiceSettings): Pick<Service, 'id' | 'kind'> | null {
  const { shelf, model, mcp } = settings;
  const usual = model ? 5050 : mcp ? 5910 : SHELF.find(({ name }) => name === shelf)?.kind;
  const kind = settings.kind ?? usual;
  if (kind === undefined) return null;
  const tool = onlyTool(mcp);
  return { id: settings.id ?? shelf ?? (tool === null ? `coinop-${kind}` : `tool-${tool}`), kind };
}

function onlyTool(mcp: ServiceSettings['mcp']): string | null {
  const { tool, tools = [] } = mcp ?? {};
  if (tool !== undefined) return tool;
  const names = Array.isArray(tools) ? tools : Object.keys(tools);
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** A service of the file, by what it would be called alone and what it is called beside the others. */
export interface ServiceId {
  /** `null` where only the opened service says it. */
  readonly base: string | null;
  /** `null` where two say the same for themselves, so that a restart without one could take the other for it. */
  readonly id: string | null;
}

/**
 * The ids of services, each by its settings and by what it says when it is open (`null` where it is not). An id in the
 * settings stays as it is; services of one key that would be called alike are told apart by a number. A sold job is done
 * by the service of its id, so no id hangs on what happens to be installed: first the numbers go, in the order of the
 * file, to all whose settings tell enough, also where they are missing, and what else says is numbered after them.
 */
export function serviceIds(
  services: readonly ServiceSettings[],
  said: readonly (string | null)[],
): readonly ServiceId[] {
  const taken = new Set<string>();
  const freeId = (settings: ServiceSettings, base: string): string => {
    let id = base;
    for (let number = 2; taken.has(keyed(settings, id)); number++) id = `${base}-${number}`;
    return id;
  };
  for (const settings of services) if (settings.id !== undefined) taken.add(keyed(settings, settings.id));
  const told = services.map((settings) => {
    const base = expectedService(settings)?.id ?? null;
    const id = base === null || settings.id !== undefined ? base : freeId(settings, base);
    if (id !== null) taken.add(keyed(settings, id));
    return { base, id };
  });
  const ids = services.map((settings, index): ServiceId & { readonly isTold: boolean } => {
    const { base, id } = told[index] ?? { base: null, id: null };
    const own = said[index] ?? base;
    if (own === base) return { base, id, isTold: true };
    return { base: own, id: own === null ? null : freeId(settings, own), isTold: false };
  });
  return ids.map(({ base, id, isTold }, index) => {
    const isAlone = ids.every(
      (other, place) => place === index || other.isTold || other.id !== id || !hasSameKey(index, place),
    );
    return { base, id: isTold || isAlone ? id : null };
  });

  function hasSameKey(one: number, other: number): boolean {
    return services[one]?.key === services[other]?.key;
  }
}

function keyed({ key = '' }: ServiceSettings, id: string): string {
  return `${key} ${id}`;
}

/** Says which services are called by their place in the file, and would take each other's jobs in another order. */
export function orderWarning(
  services: readonly { readonly settings: ServiceSettings; readonly name: string; readonly id: ServiceId }[],
): Failure | null {
  const unnamed = services.filter(({ settings, id }) => settings.id === undefined && id.id !== null);
  const alike = Map.groupBy(unnamed, ({ settings, id }) => keyed(settings, id.base ?? ''));
  const byPlace = [...alike.values()].filter((group) => group.some(({ id }) => id.id !== id.base)).flat();
  if (byPlace.length === 0) return null;
  const calls = byPlace.map(({ name, id }) => `${name}: id = "${id.id ?? ''}"`).join('; ');
  return {
    code: 'ids-by-order',
    message: `Services without an id are called by their place in the file: write ${calls}, before they change places or one goes.`,
  };
}
