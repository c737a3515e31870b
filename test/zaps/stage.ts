import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { createMemorySpendingLimits, type Wallet } from '../../src/money/index.ts';
import {
  msat,
  satsToMsat,
  verifyEvent,
  ZAP_RECEIPT_KIND,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import {
  createMemoryZapRecords,
  createPayServer,
  followZaps,
  zap,
  type PayServerOptions,
  type ZapFollower,
  type ZapOrder,
  type ZapRecords,
  type ZapSender,
} from '../../src/zaps/index.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';

/** What is zapped unless a test says otherwise. */
export const AMOUNT = satsToMsat(21);

/** Somebody with a lightning address at a real server. */
export interface ZappedParty {
  readonly signer: Signer;
  readonly receiptSigner: Signer;
  readonly server: HttpStage;
  /** Such as `bot@127.0.0.1:4711`. */
  readonly lud16: string;
  readonly records: ZapRecords;
  /** Publishes receipts until the returned function is called. */
  follow(told?: Partial<ZapFollower>): () => Promise<void>;
}

/** Real wallets, a real relay, real servers. */
export interface ZapStage {
  readonly relayUrl: string;
  readonly customerWallet: Wallet;
  readonly providerWallet: Wallet;
  readonly customer: Signer;
  openPool(): RelayPool;
  serve(handler: (request: Request) => Response | Promise<Response>): Promise<HttpStage>;
  openParty(told?: Partial<PayServerOptions>): Promise<ZappedParty>;
  /** Zaps as the customer. */
  send(server: HttpStage, order: ZapOrder, told?: Partial<ZapSender>): ReturnType<typeof zap>;
  /** Payments that the customer's wallet knows. */
  paymentCount(): Promise<number>;
  /** The receipts for a recipient that the relay has. */
  receiptsOf(pubkey: string): Promise<NostrEvent[]>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export async function openZapStage(): Promise<ZapStage> {
  const relays = await openRelayStage();
  const { bank, close } = await openBankStage();
  const [customerWallet, providerWallet] = [bank.wallet('customer'), bank.wallet('provider')];
  const customer = secretKeySigner(generateSecretKey());
  const customerPool = relays.openPool();
  const relayUrl = relays.relay.url;
  const sweeps: (() => Promise<void>)[] = [];

  const serve: ZapStage['serve'] = async (handler) => {
    const server = await openHttpStage(handler);
    sweeps.push(() => server.close());
    return server;
  };

  return {
    relayUrl,
    customerWallet,
    providerWallet,
    customer,
    openPool: () => relays.openPool(),
    serve,
    async openParty(told = {}) {
      const signer = secretKeySigner(generateSecretKey());
      const receiptSigner = secretKeySigner(generateSecretKey());
      const records = told.records ?? createMemoryZapRecords();
      const server = await serve(async (request) => {
        const payServer = createPayServer({
          origin: server.origin,
          recipientOf: (name) =>
            name === 'bot' ? { pubkey: signer.pubkey, description: 'Zap the bot' } : null,
          wallet: providerWallet,
          network: 'regtest',
          receiptPubkey: receiptSigner.pubkey,
          records,
          verify: verifyEvent,
          minMsat: msat(1_000n),
          maxMsat: satsToMsat(10_000),
          relays: [],
          allowRelayHosts: [new URL(relayUrl).host],
          now: unixNow,
          ...told,
        });
        return (await payServer.handle(request)) ?? new Response('elsewhere', { status: 404 });
      });
      return {
        signer,
        receiptSigner,
        server,
        lud16: `bot@${server.host}`,
        records,
        follow(more = {}) {
          const stop = new AbortController();
          const stopped = followZaps({
            records,
            wallet: providerWallet,
            signer: receiptSigner,
            relays: relays.openPool(),
            now: unixNow,
            signal: stop.signal,
            ...more,
          });
          const end = async () => {
            stop.abort();
            await stopped;
          };
          sweeps.push(end);
          return end;
        },
      };
    },
    send(server, order, told = {}) {
      const caps = { perPaymentMsat: satsToMsat(20_000), perDayMsat: satsToMsat(100_000) };
      const sender: ZapSender = {
        fetch: createGuardedFetch({ allowHosts: [server.host] }),
        network: 'regtest',
        signer: customer,
        wallet: customerWallet,
        spend: createMemorySpendingLimits(caps, unixNow),
        relays: customerPool,
        verify: verifyEvent,
        now: unixNow,
        ...told,
      };
      return zap(sender, order, new AbortController().signal);
    },
    async paymentCount() {
      const listed = await customerWallet.list({ direction: 'outgoing', limit: 1_000 });
      if (!listed.ok) throw new Error(listed.failure.message);
      return listed.value.length;
    },
    receiptsOf: (pubkey) => customerPool.query([relayUrl], [{ kinds: [ZAP_RECEIPT_KIND], '#p': [pubkey] }]),
    async sweep() {
      for (const end of sweeps.splice(0).toReversed()) await end();
    },
    async close() {
      await relays.close();
      await close();
    },
  };
}
