import type { ResultComparison } from './order.ts';

/** What one purchase of an order brought. */
export interface OrderedResult {
  readonly requestId: string;
  /** Untrusted text. */
  readonly content: string;
}

/** Whether two contents are the same, as an order understands it. */
export type IsSame = (one: string, other: string) => boolean;

/** The judgement that a comparison stands for. */
export function judgementOf(compare: ResultComparison): IsSame {
  if (typeof compare === 'function') return compare;
  const form = FORMS[compare];
  return (one, other) => form(one) === form(other);
}

/**
 * The largest group of results of which any two are the same, in the order in which they are given; of groups of one
 * size the one that begins earlier. Own judgements may be inconsistent, so each member is held against all others.
 */
export function largestAgreement(results: readonly OrderedResult[], isSame: IsSame): OrderedResult[] {
  let largest: OrderedResult[] = [];
  for (const [position, first] of results.entries()) {
    const group = [first];
    for (const result of results.slice(position + 1))
      if (group.every((member) => isSame(member.content, result.content))) group.push(result);
    if (group.length > largest.length) largest = group;
  }
  return largest;
}

const FORMS: Readonly<Record<Exclude<ResultComparison, IsSame>, (content: string) => string>> = {
  exact: (content) => content,
  json: jsonForm,
  words: (content) => content.trim().split(/\s+/).join(' '),
};

/** Numbers that a double may not hold exactly must not be found equal. */
const LONG_NUMBER = /\d{16}/;

/** JSON in one layout, names in order; a text that is none, or that is too deep, as it is. */
function jsonForm(content: string): string {
  if (LONG_NUMBER.test(content)) return content;
  try {
    return JSON.stringify(JSON.parse(content), inOrder);
  } catch {
    return content;
  }
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
