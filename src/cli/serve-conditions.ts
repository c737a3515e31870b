import { success, type Outcome } from '../protocol/index.ts';
import type { Service, ServiceCondition } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import { openKeyList, type KeyListParts } from './key-list.ts';

/**
 * The service with its conditions checked where a file lists who meets them; the others are only said in quotes. The
 * files are followed while the signal has not aborted. Fails with `key-list-unreadable`.
 */
export async function withConditions(
  service: Service,
  { conditions }: ServiceSettings,
  parts: KeyListParts,
): Promise<Outcome<Service>> {
  if (conditions === undefined) return success(service);
  const checked: ServiceCondition[] = [];
  for (const { code, detail, keys_file: path } of conditions) {
    if (path === undefined) {
      checked.push({ code, detail });
      continue;
    }
    const listed = await openKeyList(path, parts);
    if (!listed.ok) return listed;
    checked.push({ code, detail, isMet: ({ customerPubkey }) => listed.value().has(customerPubkey) });
  }
  return success({ ...service, conditions: checked });
}
