import { operatorLinkFilters, verifyOperatorLink } from '../protocol/index.ts';
import type { AnnouncedService } from './announcements.ts';
import type { AskRelays } from './ask-relays.ts';
import type { NamedOperator } from './contract.ts';

/** People that one key names in its announcements, each a question of two filters. */
const MAX_OPERATORS = 5;

/** Whom the services of one key name as who runs them, and whether that person's own key says so too. */
export async function findOperators(
  ask: AskRelays,
  providerPubkey: string,
  services: readonly AnnouncedService[],
  options: { readonly now: number; readonly signal: AbortSignal | undefined },
): Promise<readonly NamedOperator[]> {
  const named = services.flatMap(({ announcement }) => announcement.operatorPubkey ?? []);
  const operators = [...new Set(named)].slice(0, MAX_OPERATORS);
  const filters = operators.flatMap((operator) => operatorLinkFilters(operator, providerPubkey));
  const { events } = await ask(filters, options.signal);
  return operators.map((operatorPubkey) => {
    const link = { pubkey: providerPubkey, operatorPubkey };
    return { pubkey: operatorPubkey, isProven: verifyOperatorLink(link, events, options.now) };
  });
}
