import { unixNow } from '../../src/clock/index.ts';
import {
  createNwcConnection,
  memoryNwcConnections,
  openNwcWallet,
  serveNwc,
  type Wallet,
  type WalletFailureCode,
} from '../../src/money/index.ts';
import { failure } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { openFaultyRelay } from '../chaos/faulty-relay.ts';

/** A real wallet of the bank behind a connection of its own (NIP-47), which does what it is told to. */
export interface MoodyWallet {
  /** Connects to it. */
  readonly uri: string;
  /** How often it was asked to pay. */
  readonly asked: number;
  /** From now on it answers so to whoever wants to pay or to be paid, without doing it; `null` ends that. */
  refuse(code: WalletFailureCode | null): void;
  /** Payments are begun only when the returned function is called. */
  dawdle(): () => void;
  /** Nobody reaches it, until it is told otherwise. */
  hide(isHidden: boolean): void;
  close(): Promise<void>;
}

/** Serves the wallet of that connection, over the same relay. */
export async function openMoodyWallet(wallet: {
  readonly uri: string;
  readonly relayUrl: string;
}): Promise<MoodyWallet> {
  const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
  const opened = openNwcWallet({ uri: wallet.uri, relays, now: unixNow });
  if (!opened.ok) throw new Error(opened.failure.message);
  const inner = opened.value;
  const way = await openFaultyRelay(wallet.relayUrl, Math.random);
  const { serviceSecretKey, clientPubkey, uri } = createNwcConnection({ relayUrls: [way.url] });
  let refusal: WalletFailureCode | null = null;
  let mayPay = Promise.resolve();
  let asked = 0;
  const refused = (code: WalletFailureCode) => failure(code, 'As it was told to.');
  const moody: Wallet = {
    ...inner,
    async pay(payment, call) {
      asked += 1;
      if (refusal !== null) return refused(refusal);
      await mayPay;
      return inner.pay(payment, call);
    },
    makeInvoice: async (invoice, call) =>
      refusal === null ? inner.makeInvoice(invoice, call) : refused(refusal),
  };
  const served = await serveNwc({
    wallet: moody,
    relays,
    relayUrls: [wallet.relayUrl],
    connections: memoryNwcConnections([
      { name: 'moody', clientPubkey, serviceSecretKey, scope: 'whole-wallet', createdAt: unixNow() },
    ]),
    now: unixNow,
  });
  return {
    uri,
    get asked() {
      return asked;
    },
    refuse: (code) => (refusal = code),
    dawdle() {
      const { promise, resolve } = Promise.withResolvers<void>();
      mayPay = promise;
      return resolve;
    },
    hide: (isHidden) => way.refuse(isHidden),
    async close() {
      await served.close();
      await inner.close();
      await way.close();
      await relays.close();
    },
  };
}
