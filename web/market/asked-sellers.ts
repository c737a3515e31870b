import { useEffect, useRef, useState } from 'react';
import { useEngine } from '../app/index.ts';
import type { EngineTopics } from '../engine/contract.ts';
import type { ListedService } from '../../src/directory/index.ts';
import type { AskedSeller } from './sellers.ts';

/** Who is to be asked, each with its signs: of whom the list does not show any, they are looked up. */
export function useAskedSellers(
  kind: number,
  targets: readonly string[],
  services: EngineTopics['services']['state'] | undefined,
): readonly AskedSeller[] {
  const engine = useEngine();
  const [found, setFound] = useState<ReadonlyMap<string, readonly ListedService[]>>(new Map());
  const lookedFor = useRef(new Set<string>());
  const listed = services?.listing?.services ?? [];
  const asked = targets.map((pubkey): AskedSeller => {
    const shown = listed.filter(({ announcement }) => announcement.pubkey === pubkey);
    return { pubkey, services: shown.length > 0 ? shown : (found.get(pubkey) ?? null) };
  });
  const isListed = services !== undefined && services.listing !== null && !services.looking;
  const missing = isListed ? asked.filter((each) => each.services === null) : [];
  const names = missing.map(({ pubkey }) => pubkey).join(' ');
  useEffect(() => {
    const lookUp = async (pubkey: string) => {
      const answer = await engine.call('directory.provider', { pubkey });
      if (!answer.ok) return;
      const signs = answer.value.services.filter(({ announcement }) => announcement.kinds.includes(kind));
      setFound((before) => new Map(before).set(pubkey, signs));
    };
    for (const pubkey of names.split(' ').filter((name) => name !== '')) {
      if (lookedFor.current.has(pubkey)) continue;
      lookedFor.current.add(pubkey);
      void lookUp(pubkey);
    }
  }, [engine, kind, names]);
  return asked;
}
