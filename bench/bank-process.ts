/** The play-money bank alone, without relay and NWC: `bank-process.ts <dir> <number of wallets>`. */
import { openBank } from '../src/regtest/index.ts';
import { monotonicMs } from './clock.ts';
import { serveParent } from './parent.ts';
import { payBetween, timePayments, type PaymentLoad } from './payments.ts';

/** What the start of a bank took; memory is that of the whole process, in bytes. */
export interface BankStart {
  /** Before the bank was opened, with all its code loaded. */
  readonly bytesBefore: number;
  /** With all wallets open and nothing paid. */
  readonly bytesOpen: number;
  /** From the call until the bank is open. */
  readonly openMs: number;
  /** From the call until somebody has been paid. */
  readonly firstPaymentMs: number;
}

const [dir = '', wallets = ''] = process.argv.slice(2);
const roles = Array.from({ length: Number(wallets) }, (_, number) => `wallet-${number}`);
const bytesBefore = process.memoryUsage.rss();
const started = monotonicMs();
const bank = await openBank({ dir, roles });
const openMs = monotonicMs() - started;
const bytesOpen = process.memoryUsage.rss();
const walletOf = (number: number) => bank.wallet(roles[number % roles.length] ?? '');
/** Each wallet pays the next one, so that all of them do the same and none runs dry. */
const payNext = (number: number) => payBetween(walletOf(number), walletOf(number + 1));
await payNext(0);
const firstPaymentMs = monotonicMs() - started;

serveParent({
  facts: { bytesBefore, bytesOpen, openMs, firstPaymentMs } satisfies BankStart,
  commands: {
    pay: (load: PaymentLoad) => timePayments(payNext, load),
    residentBytes: () => process.memoryUsage.rss(),
  },
  close: () => bank.close(),
});
