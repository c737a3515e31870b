import * as ldk from 'lightningdevkit';
import { msat, success } from '../protocol/index.ts';
import {
  HUB,
  type BankSettings,
  type CallMessage,
  type CallName,
  type CallOutcome,
  type CallParams,
  type ThreadStats,
} from './calls.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { Cut } from './cut.ts';
import { IncomingPayments, type Notify } from './incoming.ts';
import { PrivateNetwork } from './network.ts';
import type { LightningNode } from './node.ts';
import { OutgoingPayments } from './outgoing.ts';
import { PaymentRecords } from './payment-records.ts';
import { Persistence } from './persistence.ts';

/** Whom the bank tells what nobody asked for. */
export interface ServiceListeners {
  readonly onNotice: Notify;
  /** Enough payments passed: LDK's memory is better freed by a new thread. Told once. */
  readonly onWorn: () => void;
  /** Nothing works any more; the file holds the last good cut. */
  readonly onBroken: (error: unknown) => void;
}

/** The bank inside its thread. */
export interface BankService {
  /** Answers one call, after the commit that contains what the answer says. Throws for broken calls. */
  answer<Name extends CallName>(message: CallMessage<Name>): Promise<CallOutcome<Name>>;
  close(): Promise<void>;
}

type Handlers = {
  readonly [Name in CallName]: (params: CallParams<Name>) => Promise<CallOutcome<Name>>;
};

/** Opens the bank's file and its nodes; LDK must be loaded. `now` in unix seconds. */
export async function openBankService(
  settings: BankSettings,
  now: () => number,
  listeners: ServiceListeners,
): Promise<BankService> {
  const checkpoint = await loadCheckpoint(settings.checkpointModule);
  const cut = new Cut(settings.file, checkpoint);
  const records = new PaymentRecords(cut, now);
  const network = new PrivateNetwork({
    cut,
    persistence: new Persistence(cut, checkpoint),
    now,
    onEvent: (node, event) => onEvent(node, event),
    onBlock: (height) => records.expireHolds(height),
    onBroken: listeners.onBroken,
  });
  const incoming = new IncomingPayments(network, records, now, listeners.onNotice);
  const outgoing = new OutgoingPayments(network, records, now, listeners.onNotice);
  let isWorn = false;

  function onEvent(node: LightningNode, event: ldk.Event): void {
    if (event instanceof ldk.Event_PaymentClaimable) incoming.onClaimable(node, event);
    else if (event instanceof ldk.Event_PaymentClaimed) incoming.onClaimed(node, event);
    else if (event instanceof ldk.Event_PaymentSent) outgoing.onSent(node, event);
    else if (event instanceof ldk.Event_PaymentFailed) outgoing.onFailed(node, event);
    if (isWorn || outgoing.ended < settings.recycleAfterPayments) return;
    isWorn = true;
    listeners.onWorn();
  }

  const handlers: Handlers = {
    makeInvoice: (wish) => incoming.makeInvoice(wish),
    settleHold: (hold) => incoming.settle(hold),
    cancelHold: (hold) => incoming.cancel(hold),
    pay: (payment) => outgoing.pay(payment),
    lookup: async ({ role, paymentHash }) => success(records.lookup(role, paymentHash)),
    list: async (query) => success(records.list(query)),
    balance: async ({ role }) => {
      const { totalMsat } = network.node(role).spendable;
      await network.committed();
      return success({ spendableMsat: msat(totalMsat) });
    },
    mine: async ({ blocks }) => success(await network.mine(blocks)),
    addRole: async ({ role }) => success(await network.addRoles([role], settings)),
    stats: async () => success(stats(network, outgoing)),
  };

  await network.start(settings.roles, settings, settings.blockEveryMs);
  return {
    answer: (message) => handlers[message.name](message.params),
    close: () => network.close(),
  };
}

function stats(network: PrivateNetwork, outgoing: OutgoingPayments): ThreadStats {
  const { nodes } = network;
  const count = (list: (channels: ldk.ChannelManager) => unknown[]) =>
    nodes.reduce((sum, node) => sum + list(node.channels).length, 0);
  return {
    height: network.height,
    roles: nodes.map((node) => node.name).filter((name) => name !== HUB),
    channels: {
      open: count((channels) => channels.list_channels()),
      usable: count((channels) => channels.list_usable_channels()),
    },
    paymentsSinceStart: outgoing.ended,
    residentBytes: process.memoryUsage.rss(),
  };
}
