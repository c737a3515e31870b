/** A provider that starts on books full of open sales: `open-jobs-process.ts <dir> <relay url> <payment hash>`. */
import { setTimeout as pause } from 'node:timers/promises';
import { openAccount } from '../src/account/index.ts';
import type { PaymentRecord, Wallet } from '../src/money/index.ts';
import { failure, msat, orThrow, success } from '../src/protocol/index.ts';
import { service, startProvider } from '../src/provider/index.ts';
import { monotonicMs } from './clock.ts';
import { OPEN_JOB_SERVICES, QUOTED_MSAT } from './open-sales.ts';
import { serveParent } from './parent.ts';
import { RESULT_TEXT } from './signed-jobs.ts';

/** When the process got how far, in `monotonicMs`; `null` for what has not happened. */
export interface RestartMarks {
  readonly heardAt: number;
  readonly firstWorkAt: number | null;
  readonly paymentSeenAt: number | null;
}

/** Memory of the process in MiB: now, and the most that it ever took. */
export interface Memory {
  readonly nowMiB: number;
  readonly peakMiB: number;
}

/** What asking a wallet in the same town takes. */
const LOOKUP_MS = 5;
/** How long each job of the queue takes. */
const WORK_MS = 1000;

const [dir = '', relayUrl = '', paidHash = ''] = process.argv.slice(2);
const account = orThrow(await openAccount({ dir, relayUrls: [relayUrl] }));
let lookups = 0;
let firstWorkAt: number | null = null;
let paymentSeenAt: number | null = null;

const provider = orThrow(
  await startProvider({
    ...account,
    wallet: walletOfOnePayer(),
    services: [
      service({
        ...OPEN_JOB_SERVICES.queued,
        handler: async ({ signal }) => {
          await pause(WORK_MS, null, { signal });
          return RESULT_TEXT;
        },
      }),
      service({ ...OPEN_JOB_SERVICES.quoted, handler: () => Promise.resolve(RESULT_TEXT) }),
      service({ ...OPEN_JOB_SERVICES.fresh, handler: () => Promise.resolve(RESULT_TEXT) }),
    ],
    limits: { openSales: 1_000_000, requestsPerMinute: 1_000_000 },
    onChange: (sale) => {
      if (sale.work === 'working' && sale.serviceId === OPEN_JOB_SERVICES.queued.id)
        firstWorkAt ??= monotonicMs();
      if (sale.quote?.paymentHash === paidHash && sale.money === 'locked') paymentSeenAt ??= monotonicMs();
    },
    onTrouble: (trouble) => console.error('provider:', trouble.code, trouble.message),
  }),
);
const heardAt = monotonicMs();

serveParent({
  commands: {
    marks: (): RestartMarks => ({ heardAt, firstWorkAt, paymentSeenAt }),
    lookups: () => lookups,
    memory: (): Memory => ({
      nowMiB: process.memoryUsage.rss() / 2 ** 20,
      peakMiB: process.resourceUsage().maxRSS / 2 ** 10,
    }),
  },
  close: async () => {
    await provider.close({ graceMs: 0 });
    await account.close();
  },
});

/** Nobody has paid but one, while we were away. What is not asked of it here it does not do. */
function walletOfOnePayer(): Wallet {
  const absent = () => Promise.resolve(failure('not-implemented', 'This wallet only knows what was paid.'));
  return {
    capabilities: () =>
      Promise.resolve(
        success({
          network: 'regtest',
          playMoney: true,
          hold: true,
          choosePreimage: true,
          descriptionHash: true,
          notifications: true,
        }),
      ),
    balance: () => Promise.resolve(success({ spendableMsat: msat(0n) })),
    makeInvoice: absent,
    makeHoldInvoice: absent,
    settleHold: () => Promise.resolve(success(undefined)),
    cancelHold: absent,
    pay: absent,
    list: () => Promise.resolve(success([])),
    subscribe: () => undefined,
    close: () => Promise.resolve(),
    async lookup({ paymentHash }) {
      lookups += 1;
      await pause(LOOKUP_MS);
      const payment: PaymentRecord = {
        direction: 'incoming',
        state: paymentHash === paidHash ? 'accepted' : 'pending',
        paymentHash,
        bolt11: null,
        amountMsat: QUOTED_MSAT,
        feePaidMsat: msat(0n),
        preimage: null,
        createdAt: 0,
        settledAt: null,
        settleDeadlineHeight: null,
      };
      return success(payment);
    },
  };
}
