/** A provider that sells in every mode: `provider-process.ts <dir> <relay url>`; the rest is secret and in the environment. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { JobFailure, service, startProvider, type JobHandler } from '../../src/provider/index.ts';
import { endOn, say } from '../crash/checkpoints.ts';
import { openPartAccount } from './own-account.ts';
import {
  KINDS,
  LIMITS,
  MODES,
  PRICE_SATS,
  TOP_UP_SATS,
  WORST_SECONDS,
  type Conduct,
  type Report,
  type Reported,
} from './sold.ts';

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = await openPartAccount(dir, relayUrl, process.env);
const stumbled = new Set<string>();

const conducts: Readonly<Record<Conduct, (key: string, signal: AbortSignal) => Promise<void>>> = {
  works: async () => undefined,
  dawdles: (_, signal) => sleep(500 + Math.random() * 2500, undefined, { signal }),
  async stumbles(key) {
    if (stumbled.has(key)) return;
    stumbled.add(key);
    throw new JobFailure('stumbled', 'Try again.', { retryable: true });
  },
  async fails() {
    throw new JobFailure('told-to-fail', 'The job asked for it.');
  },
  hangs: (_, signal) => sleep(3_600_000, undefined, { signal }),
};

/** Never makes the same twice: work that is done again cannot be mistaken for work that was kept. */
const handler: JobHandler = async ({ text, idempotencyKey, signal }) => {
  const [conduct = 'works'] = text.split(' ');
  await conducts[conduct as Conduct](idempotencyKey, signal);
  return `${text}: ${randomUUID()}`;
};

const usual = {
  handler,
  usualSeconds: 1,
  worstSeconds: WORST_SECONDS,
  concurrency: 8,
  attempts: 3,
  retryAfterSeconds: 0.2,
};
const modes = account.ledger.isShared ? MODES.shared : MODES.alone;
const provider = orThrow(
  await startProvider({
    ...account,
    trust: () => ({ workUnpaidUpToMsat: satsToMsat(999), deliverUnpaidUpToMsat: satsToMsat(999) }),
    services: [
      service({ ...usual, kind: KINDS.free }),
      service({
        ...usual,
        kind: KINDS.paid,
        priceSats: PRICE_SATS,
        exchanges: modes.filter((mode) => mode !== 'free'),
      }),
    ],
    balances: { minTopUpMsat: satsToMsat(TOP_UP_SATS) },
    lud16: process.env['PAY_ADDRESS'] ?? '',
    limits: LIMITS,
    onTrouble: ({ code }) => say({ t: 'trouble', code }),
  }),
);
process.on('message', (told: Report & { readonly number: number }) => {
  void report(told).then((reported) => say({ t: 'answer', number: told.number, ...reported }));
});
endOn(async () => {
  await provider.close();
  await account.close();
});
say({ t: 'ready', pubkey: provider.pubkey });

async function report({ requestIds }: Report): Promise<Reported> {
  const { sales } = account.ledger;
  const open = await sales.listOpen({ providerPubkey: provider.pubkey, limit: 100 });
  const money: Record<string, string> = {};
  for (const requestId of requestIds)
    money[requestId] = (await sales.get(provider.pubkey, requestId))?.money ?? 'none';
  return {
    open: open.map((sale) => `${sale.requestId.slice(0, 8)} ${sale.exchange} ${sale.work} ${sale.money}`),
    locked: [],
    forsaken: [],
    money,
  };
}
