/** Our customer: `customer-process.ts <dir> <relay url> <host of the provider's pay server> <mint url>`, its wallet in `NWC_URL`. */
import { createAccountEcash } from '../src/account/ecash.ts';
import { openAccount } from '../src/account/index.ts';
import { createCustomer } from '../src/customer/index.ts';
import { findTag, isJobRequestKind, isJobResultKind, orThrow, satsToMsat } from '../src/protocol/index.ts';
import { monotonicMs } from './clock.ts';
import { openBenchEcash } from './ecash.ts';
import { serveParent } from './parent.ts';
import { INPUT_TEXT, MODE_KINDS, type Mode } from './signed-jobs.ts';
import { timedPool } from './timed-pool.ts';

/** How to buy jobs one after the other, or several at a time. */
export interface Shopping {
  readonly exchange: Mode;
  readonly providerPubkey: string;
  readonly jobs: number;
  readonly inFlight: number;
}

/** One bought job, in `monotonicMs`. */
export interface BoughtJob {
  readonly requestId: string;
  /** When it was asked for, before anything was signed or stored. */
  readonly wishedAt: number;
  /** When the stored request was handed to the relay connection. */
  readonly publishedAt: number;
  /** When the verified result came from the relay connection. */
  readonly resultAt: number;
  /** When the receipt was there: the result stored and, where it is paid, the payment settled and booked. */
  readonly receiptAt: number;
}

const [dir = '', relayUrl = '', payHost = '', mintUrl = ''] = process.argv.slice(2);
const account = orThrow(
  await openAccount({
    dir,
    relayUrls: [relayUrl],
    walletUri: process.env['NWC_URL'],
    allowHosts: [payHost],
  }),
);
const ecash = openBenchEcash(account, mintUrl);
/** So that no job has to wait for ecash to be bought. */
orThrow(
  await ecash.wallet.mint({
    key: 'bench',
    mintUrl,
    amountMsat: satsToMsat(5_000),
    feeLimitMsat: satsToMsat(50),
  }),
);
const publishedAt = new Map<string, number>();
const resultAt = new Map<string, number>();
const customer = createCustomer({
  ...account,
  relays: timedPool(account.relays, {
    publishing: (event) => {
      if (isJobRequestKind(event.kind)) publishedAt.set(event.id, monotonicMs());
    },
    heard: (event) => {
      if (isJobResultKind(event.kind)) resultAt.set(findTag(event, 'e')?.[1] ?? '', monotonicMs());
    },
  }),
  ecash: createAccountEcash({ ...account, ...ecash }),
  caps: { perJobMsat: satsToMsat(50) },
  onTrouble: (trouble) => console.error('customer:', trouble.code, trouble.message),
});

serveParent({
  commands: { shop },
  close: async () => {
    await customer.close();
    await ecash.store.close();
    await account.close();
  },
});

async function shop(shopping: Shopping): Promise<BoughtJob[]> {
  const bought: BoughtJob[] = [];
  let left = shopping.jobs;
  const buyOneByOne = async () => {
    while (left-- > 0) bought.push(await buy(shopping));
  };
  await Promise.all(Array.from({ length: shopping.inFlight }, buyOneByOne));
  return bought;
}

async function buy({ exchange, providerPubkey }: Shopping): Promise<BoughtJob> {
  const wishedAt = monotonicMs();
  const purchase = orThrow(
    await customer.buy({
      kind: MODE_KINDS[exchange],
      inputs: [INPUT_TEXT],
      maxAmountMsat: satsToMsat(10),
      targets: [providerPubkey],
    }),
  );
  const receipt = orThrow(await purchase.result());
  const receiptAt = monotonicMs();
  if (receipt.settlement !== (exchange === 'free' ? 'none' : 'settled'))
    throw new Error(`a ${exchange} job ended as ${receipt.settlement}`);
  return {
    requestId: purchase.requestId,
    wishedAt,
    publishedAt: take(publishedAt, purchase.requestId),
    resultAt: take(resultAt, purchase.requestId),
    receiptAt,
  };
}

function take(times: Map<string, number>, requestId: string): number {
  const time = times.get(requestId);
  times.delete(requestId);
  if (time === undefined) throw new Error('a job passed without being seen');
  return time;
}
