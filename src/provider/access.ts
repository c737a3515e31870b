import { isHex32 } from '../protocol/index.ts';

/** Whether a customer is served: `blocked` ones are not even answered, the others who are not are told so. */
export type Access = 'open' | 'blocked' | 'not-allowed';

/** Decides anew for each request, so that what it looks up may change while the provider runs. */
export type AccessPolicy = (customerPubkey: string) => Access;

/** Keys of customers, as they stand when they are asked for. */
export type KeyList = () => ReadonlySet<string>;

/** Serves whom the lists allow: nobody who is blocked and, where there is a list of those allowed, nobody else. */
export function accessByLists(lists: {
  readonly blocked?: KeyList;
  readonly allowed?: KeyList;
}): AccessPolicy {
  return (customerPubkey) => {
    if (lists.blocked?.().has(customerPubkey) === true) return 'blocked';
    return lists.allowed?.().has(customerPubkey) === false ? 'not-allowed' : 'open';
  };
}

/**
 * Reads a list of keys as people keep it: one public key in hex per line, the rest of a line after it is a remark, as
 * is what follows a `#`. Lines that hold no key are told by their number, counted from 1.
 */
export function parseKeyList(text: string): {
  readonly keys: ReadonlySet<string>;
  readonly unreadableLines: readonly number[];
} {
  const keys = new Set<string>();
  const unreadableLines: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [key = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isHex32(key)) keys.add(key);
    else if (key !== '') unreadableLines.push(index + 1);
  }
  return { keys, unreadableLines };
}
