import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCustomer, type Customer } from '../../src/customer/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, type Signer } from '../../src/keys/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { hostAndPort } from '../../src/http/index.ts';
import { orThrow, satsToMsat, type EventTemplate, type NostrEvent } from '../../src/protocol/index.ts';
import { startProvider, type Provider, type Service } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import type { ShelfContext, ShelfService } from '../../src/services/index.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';

/** One start of a shelf: what closes with it, as when the provider that sells it closes. */
export interface Shelf {
  /** Opens a service with settings as `coinop.toml` would give them. */
  open(entry: ShelfService, settings?: object): Promise<Service>;
  close(): Promise<void>;
}

/** A relay, somebody who publishes on it, shelves, and a market without a wallet: everything is sold for free. */
export interface ShelfStage {
  readonly relayUrl: string;
  readonly pool: RelayPool;
  /** A folder of its own for each name, the same one for the same name. */
  openShelf(name: string, told?: Partial<ShelfContext>): Shelf;
  publish(signer: Signer, template: Partial<EventTemplate>): Promise<NostrEvent>;
  publishSigned(event: NostrEvent): Promise<void>;
  /** Sells the services under one key until the stage closes. */
  sell(services: readonly Service[], ledger?: Ledger): Promise<Provider>;
  openLedger(): Ledger;
  openCustomer(signer?: Signer): Customer;
  close(): Promise<void>;
}

export function newSigner(): Signer {
  return fastSecretKeySigner(generateSecretKey());
}

export const unixNow = (): number => Math.floor(Date.now() / 1000);

/** Opens the stage; `allowUrls` are private servers that a shelf's fetch may reach. */
export async function openShelfStage(allowUrls: readonly string[] = []): Promise<ShelfStage> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-shelf-'));
  const relays = await openRelayStage();
  const pool = relays.openPool();
  const relayUrl = relays.relay.url;
  const closers: (() => Promise<void>)[] = [];
  const fetch = createGuardedFetch({ allowHosts: allowUrls.map((url) => hostAndPort(new URL(url))) });
  const ledgerOnClose = (): Ledger => {
    const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
    closers.unshift(() => ledger.close());
    return ledger;
  };
  const stage: ShelfStage = {
    relayUrl,
    pool,
    openLedger: ledgerOnClose,
    openShelf(name, told = {}) {
      const closing = new AbortController();
      const closes: (() => Promise<void>)[] = [];
      const context: ShelfContext = {
        pubkey: newSigner().pubkey,
        relays: pool,
        relayUrls: [relayUrl],
        fetch,
        dir: join(dir, name, 'service'),
        now: unixNow,
        tellOperator: () => undefined,
        signal: closing.signal,
        onClose: (close) => closes.push(close),
        ...told,
      };
      const shelf: Shelf = {
        open: async (entry, settings = {}) =>
          orThrow(await entry.open(entry.settings.parse(settings), context)),
        async close() {
          closing.abort();
          await Promise.all(closes.splice(0).map((close) => close()));
        },
      };
      closers.push(() => shelf.close());
      return shelf;
    },
    async publish(signer, template) {
      const event = await signer.sign({ kind: 1, created_at: unixNow(), tags: [], content: '', ...template });
      await stage.publishSigned(event);
      return event;
    },
    async publishSigned(event) {
      const [receipt] = await pool.publish(event, [relayUrl]);
      if (receipt?.outcome !== 'accepted') throw new Error(receipt?.message);
    },
    async sell(services, ledger = ledgerOnClose()) {
      const started = await startProvider({
        signer: newSigner(),
        ledger,
        wallet: null,
        relays: relays.openPool(),
        relayUrls: [relayUrl],
        services,
      });
      const provider = orThrow(started);
      closers.unshift(() => provider.close({ graceMs: 0 }));
      return provider;
    },
    openCustomer(signer = newSigner()) {
      const customer = createCustomer({
        signer,
        ledger: ledgerOnClose(),
        wallet: null,
        relays: relays.openPool(),
        relayUrls: [relayUrl],
        caps: { perJobMsat: satsToMsat(0) },
        now: unixNow,
      });
      closers.unshift(() => customer.close());
      return customer;
    },
    async close() {
      for (const close of closers.splice(0)) await close();
      await relays.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return stage;
}
