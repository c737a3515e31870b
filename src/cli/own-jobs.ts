import type { Account } from '../account/index.ts';
import type { Purchase } from '../ledger/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** What of an account is needed to look into its purchases. */
type Buyer = Pick<Account, 'ledger' | 'signer'>;

/** Purchases that are read at once. */
const PAGE = 500;
/** As many as an ambiguous id is told with. */
const SHOWN_MATCHES = 5;

/** The latest purchases of this key, newest first; books may hold those of other keys as well. */
export async function latestPurchases({ ledger, signer }: Buyer, limit: number): Promise<Purchase[]> {
  for (let size = limit; ; size *= 2) {
    const all = await ledger.purchases.listRecent({ limit: size });
    const own = all.filter(({ customerPubkey }) => customerPubkey === signer.pubkey);
    if (own.length >= limit || all.length < size) return own.slice(0, limit);
  }
}

/**
 * The id of a job: as it is, or, for own jobs, by its beginning. Fails with `invalid-argument`, `job-unknown`, or
 * `job-ambiguous` with the candidates in `data.matches`.
 */
export async function wholeJobId(text: string, account: Buyer): Promise<Outcome<string>> {
  if (/^[0-9a-f]{64}$/.test(text)) return success(text);
  if (!/^[0-9a-f]{4,63}$/.test(text))
    return failure(
      'invalid-argument',
      `${text} is neither a job id (64 hex characters) nor the beginning of one (4 at least).`,
    );
  const matches: string[] = [];
  for await (const { requestId } of allPurchases(account))
    if (requestId.startsWith(text)) matches.push(requestId);
  const [match] = matches;
  if (match === undefined)
    return failure('job-unknown', `No job of yours begins with ${text}; \`coinop jobs\` lists them.`);
  return matches.length === 1
    ? success(match)
    : failure('job-ambiguous', `${matches.length} jobs begin with ${text}; give more of the id.`, {
        matches: matches.slice(0, SHOWN_MATCHES),
      });
}

/** An own purchase by its id or the beginning of it. Fails as `wholeJobId`. */
export async function ownPurchase(text: string, account: Buyer): Promise<Outcome<Purchase>> {
  const id = await wholeJobId(text, account);
  if (!id.ok) return id;
  const purchase = await account.ledger.purchases.get(id.value);
  return purchase?.customerPubkey === account.signer.pubkey
    ? success(purchase)
    : failure('job-unknown', `${id.value} is no job of yours; \`coinop jobs\` lists them.`);
}

async function* allPurchases({ ledger, signer }: Buyer): AsyncGenerator<Purchase> {
  for (let after: Purchase | undefined; ;) {
    const page = await ledger.purchases.list({
      customerPubkey: signer.pubkey,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
