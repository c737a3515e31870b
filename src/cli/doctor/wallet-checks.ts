import { randomBytes } from 'node:crypto';
import type { Account } from '../../account/index.ts';
import { feeLimitOf, type Wallet } from '../../money/index.ts';
import { formatSats, parseInvoice, satsToMsat, type Failure, type Msat } from '../../protocol/index.ts';
import type { Config } from '../config.ts';
import { fine, type Check } from './check.ts';

/** Blocks come about so often. */
const MINUTES_PER_BLOCK = 10;
const PROBE_SATS = 1;
const PROBE_EXPIRY_SECONDS = 60;
/** An example to say routing fees by. */
const EXAMPLE_SATS = 1_000;

/** The wallet: reachable, on which network, with how much, what may be spent, and whether it can hold. */
export async function checkWallet(account: Account, config: Config, signal: AbortSignal): Promise<Check[]> {
  const { wallet } = account;
  if (wallet === null) {
    const todo = 'For anything that costs money set NWC_URL or wallet_file, or start `coinop up`.';
    return [
      { check: 'wallet', subject: '', status: 'warn', found: 'none: only free jobs can be bought', todo },
    ];
  }
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return [failed('wallet', able.failure)];
  const balance = await wallet.balance({ signal });
  if (!balance.ok) return [failed('wallet', balance.failure)];
  const { network, playMoney, hold, notifications } = able.value;
  const { spendableMsat } = balance.value;
  const found = `${formatSats(spendableMsat)} on ${network}${playMoney ? ' (play money)' : ''}`;
  const data = { network, playMoney, hold, notifications, spendableMsat };
  return [
    spendableMsat > 0n
      ? fine('wallet', '', found, data)
      : { check: 'wallet', subject: '', status: 'warn', found, todo: 'Put some money into it.', data },
    await checkBudget(account, config),
    hold
      ? await checkHold(wallet, signal)
      : {
          check: 'hold',
          subject: '',
          status: 'warn',
          found: 'the wallet makes no hold invoices',
          todo: 'It can buy by any mode, but not sell by `hold` or `reveal`.',
        },
  ];
}

/** What was spent, and what the caps of the configuration leave. */
async function checkBudget({ ledger, signer }: Account, { perJobMsat, caps }: Config): Promise<Check> {
  const { todayMsat, everMsat } = await ledger.spending.spent(signer.pubkey);
  const { perDayMsat, totalMsat } = caps;
  const spent = [
    `${formatSats(todayMsat)}${ofCap(perDayMsat)} in 24 hours`,
    `${formatSats(everMsat)}${ofCap(totalMsat)} ever`,
  ].join(', ');
  const data = { todayMsat, everMsat, perJobMsat: perJobMsat ?? null, ...caps };
  const isUsedUp =
    (perDayMsat !== undefined && todayMsat >= perDayMsat) ||
    (totalMsat !== undefined && everMsat >= totalMsat);
  if (isUsedUp) {
    const todo = 'Nothing more is paid: wait, or raise the cap under [budget].';
    return { check: 'budget', subject: '', status: 'warn', found: `used up: ${spent}`, todo, data };
  }
  if (perDayMsat !== undefined || totalMsat !== undefined) return fine('budget', '', spent, data);
  const todo = 'Set per_day_sat and total_sat under [budget], so that no program spends more.';
  return { check: 'budget', subject: '', status: 'warn', found: `no cap; ${spent}`, todo, data };
}

function ofCap(capMsat: Msat | undefined): string {
  return capMsat === undefined ? '' : ` of ${formatSats(capMsat)}`;
}

/** Makes a hold invoice of one sat that nobody can pay by accident, reads its terms, and cancels it. */
async function checkHold(wallet: Wallet, signal: AbortSignal): Promise<Check> {
  const paymentHash = randomBytes(32).toString('hex');
  const made = await wallet.makeHoldInvoice(
    {
      amountMsat: satsToMsat(PROBE_SATS),
      paymentHash,
      description: 'coinop doctor, cancelled at once',
      expirySeconds: PROBE_EXPIRY_SECONDS,
    },
    { signal },
  );
  if (!made.ok) return failed('hold', made.failure);
  const cancelled = await wallet.cancelHold({ paymentHash }, { signal });
  if (!cancelled.ok) return failed('hold', cancelled.failure);
  const invoice = made.value.bolt11 === null ? null : parseInvoice(made.value.bolt11);
  if (!invoice?.ok) return fine('hold', '', 'it holds; it does not say for how long');
  const { minFinalCltvExpiry: blocks, routeHintCount } = invoice.value;
  const reservedMsat = feeLimitOf(satsToMsat(EXAMPLE_SATS));
  return fine(
    'hold',
    '',
    `it holds for about ${blocks * MINUTES_PER_BLOCK} minutes (${blocks} blocks); of ${EXAMPLE_SATS} sat a customer ` +
      `reserves ${formatSats(reservedMsat)} for routing${routeHintCount > 0 ? ', over private channels' : ''}`,
    { blocks, routeHintCount, reservedForRoutingMsat: reservedMsat },
  );
}

function failed(check: string, { code, message }: Failure): Check {
  const todo = 'Look whether the wallet is running, and whether its connection is still allowed.';
  return { check, subject: '', status: 'fail', found: message, todo, data: { code } };
}
