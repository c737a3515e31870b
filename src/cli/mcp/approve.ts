import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { unixNow } from '../../clock/index.ts';
import { openApprovals, type Approval, type Approvals } from '../../mcp/index.ts';
import {
  EXCHANGE_RISKS,
  failure,
  formatSats,
  isExchangeMode,
  success,
  type Outcome,
} from '../../protocol/index.ts';
import type { Output } from '../output.ts';

/** Where the questions to a person and the answers are kept. */
export function approvalsOf(home: string): Approvals {
  return openApprovals({ dir: join(home, 'customer', 'approvals'), now: unixNow });
}

/** Where a person sits, or not. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
}

/**
 * `coinop approve`: shows one purchase that an agent may not decide alone and takes the answer; without an id lists
 * what waits. Only a person at a terminal can answer, because agents can run commands too. Fails with
 * `approval-unknown`, `approval-decided`, or `person-missing`.
 */
export async function answerApproval(
  { home, id }: { readonly home: string; readonly id: string | undefined },
  terminal: Terminal,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const approvals = approvalsOf(home);
  if (id === undefined) {
    const open = await approvals.open();
    if (open.length === 0) output.note('Nothing waits for approval.');
    else output.rows(['id', 'kind', 'sats', 'exchange', 'provider', 'until'], open.map(rowOf));
    return success(undefined);
  }
  const approval = await approvals.get(id);
  if (approval?.state !== 'asked')
    return failure('approval-unknown', 'Nothing of that id waits for approval; it may have run out.');
  if (terminal.input.isTTY !== true)
    return failure('person-missing', 'Only a person at a terminal can approve; run this command by hand.');
  const granted = await ask(approval, terminal, signal);
  const decided = await approvals.decide(approval.id, granted ? 'granted' : 'denied');
  if (!decided.ok) return decided;
  output.note(granted ? 'Approved; the agent may go on now.' : 'Denied; nothing was paid.');
  return success(undefined);
}

/** Whoever approves types the price, so that nobody does it by habit. */
async function ask(approval: Approval, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  const { kind, amountMsat, exchange, providerPubkey } = approval;
  const risk = isExchangeMode(exchange) ? EXCHANGE_RISKS[exchange].customerTrusts : '';
  const price = formatSats(amountMsat);
  const lines = createInterface(terminal);
  try {
    const typed = await lines.question(
      `An agent wants to buy a job of kind ${kind} for ${price} by ${exchange} from ${providerPubkey}.\n${risk}\nType the price (${price}) to approve, anything else to deny: `,
      { signal },
    );
    return typed.replaceAll(/\s|sat/g, '') === price.replaceAll(/\s|sat/g, '');
  } finally {
    lines.close();
  }
}

function rowOf({ id, kind, amountMsat, exchange, providerPubkey, expiresAt }: Approval) {
  return {
    id,
    kind,
    sats: Number(amountMsat) / 1000,
    exchange,
    provider: providerPubkey,
    until: new Date(expiresAt * 1000).toISOString(),
  };
}
