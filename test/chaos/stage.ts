import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { unixNow } from '../../src/clock/index.ts';
import type { SupportedExchange } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { createNwcConnection, openNwcWallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { startRelayServer } from '../../src/relay-server/index.ts';
import { createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import { seededRandom } from '../regtest/seeded-random.ts';
import { postgresOfAll, sqliteOf, type ProviderDatabase } from './databases.ts';
import { openFaultyRelay, type FaultyRelay } from './faulty-relay.ts';
import { Part, type Said } from './part.ts';
import { PAY_NAME } from './pay-address.ts';
import { CUSTOMERS, PAYS_ONLY, type ChaosPlan } from './plan.ts';
import { MODES } from './sold.ts';

/** How an account can be opened when its process is stopped. */
export interface PartAccount {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A whole market of processes around one real relay, which they reach by ways that can fail. */
export interface ChaosStage {
  readonly parts: ReadonlyMap<string, Part>;
  /** The way to the relay of the bank and of each customer, and that of all providers; all wallets go by the bank's. */
  readonly ways: ReadonlyMap<string, FaultyRelay>;
  readonly database: ProviderDatabase;
  readonly providerPubkey: string;
  readonly modes: readonly SupportedExchange[];
  /** Owners of books: all customers, and `provider`, whatever number of processes it has. */
  readonly accounts: ReadonlyMap<string, PartAccount>;
  /** The real relay, and a pool for it that nothing fails. */
  readonly relayUrl: string;
  readonly relays: RelayPool;
  /** What each role of the bank can spend now, in millisats. */
  balances(): Promise<ReadonlyMap<string, bigint>>;
  close(): Promise<void>;
}

/** What a wallet connection needs that pays and follows its payments, and takes nothing. */
const PAYING_METHODS = ['pay_invoice', 'lookup_invoice', 'list_transactions', 'get_balance'] as const;

/** Opens a stage on which nothing runs yet; `onSaid` hears its parts. */
export async function openChaosStage(
  plan: ChaosPlan,
  onSaid: (part: string, said: Said) => void,
): Promise<ChaosStage> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-chaos-'));
  const verifier = createWorkerVerifier({ workers: 1 });
  const relay = orThrow(
    await startRelayServer({
      databasePath: join(dir, 'relay.sqlite'),
      verify: (event) => verifier.verify(event),
    }),
  );
  const relays = createRelayPool({ verifier, WebSocket: NodeWebSocket });
  const isShared = plan.machines > 1;
  const providers = Array.from({ length: plan.machines }, (_, index) => `provider-${index + 1}`);
  const ways = new Map<string, FaultyRelay>();
  for (const [index, name] of ['bank', 'provider', ...CUSTOMERS].entries())
    ways.set(name, await openFaultyRelay(relay.url, seededRandom(plan.seed + index)));
  /** Providers that share their books have the same relays: what one of them books for sending, another may send. */
  const wayOf = (name: string) => ways.get(name.startsWith('provider') ? 'provider' : name)?.url ?? relay.url;
  const mint = await openForwarder();
  const payServer = await openForwarder();
  const database = isShared ? await postgresOfAll() : sqliteOf(join(dir, 'provider-1'));

  const roles = ['provider', ...CUSTOMERS, 'mint'];
  const connections = new Map(
    roles.map((role) => [role, createNwcConnection({ relayUrls: [wayOf('bank')] })]),
  );
  const secretKey = generateSecretKey();
  const ecash = isShared ? {} : { MINT_URL: mint.url };
  const ofProvider = {
    ...database.env,
    SECRET_KEY: bytesToHex(secretKey),
    PAY_ADDRESS: `${PAY_NAME}@${new URL(payServer.url).host}`,
  };
  const envOf = (role: string): Readonly<Record<string, string>> => ({
    NWC_URL: connections.get(role)?.uri ?? '',
    PAY_ORIGIN: payServer.url,
    ...(role === PAYS_ONLY ? { PAYS_ONLY: 'yes' } : ecash),
    ...(role === 'provider' ? ofProvider : {}),
  });
  const served = [...connections].map(([role, { clientPubkey, serviceSecretKey }]) => [
    role,
    {
      clientPubkey,
      serviceSecretKey: bytesToHex(serviceSecretKey),
      ...(role === PAYS_ONLY ? { methods: PAYING_METHODS } : {}),
    },
  ]);
  const ofBank = {
    CONNECTIONS: JSON.stringify(Object.fromEntries(served)),
    PAY_ORIGIN: payServer.url,
    PROVIDER_PUBKEY: secretKeySigner(secretKey).pubkey,
  };
  const part = (name: string, kind: string, env: Readonly<Record<string, string>>) =>
    new Part({
      name,
      program: new URL(`./${kind}-process.ts`, import.meta.url),
      args: [join(dir, name), wayOf(name)],
      env,
      onSaid: (said) => {
        if (typeof said['mintPort'] === 'number') mint.forwardTo(said['mintPort']);
        if (typeof said['payPort'] === 'number') payServer.forwardTo(said['payPort']);
        onSaid(name, said);
      },
    });
  const parts = [
    part('bank', 'bank', ofBank),
    ...providers.map((name) => part(name, 'provider', envOf('provider'))),
    ...CUSTOMERS.map((name) => part(name, 'customer', envOf(name))),
  ];

  return {
    parts: new Map(parts.map((each) => [each.name, each])),
    ways,
    database,
    providerPubkey: secretKeySigner(secretKey).pubkey,
    modes: isShared ? MODES.shared : MODES.alone,
    accounts: new Map(
      ['provider', ...CUSTOMERS].map((role) => [
        role,
        { dir: join(dir, role === 'provider' ? 'provider-1' : role), env: envOf(role) },
      ]),
    ),
    relayUrl: relay.url,
    relays,
    async balances() {
      const spendable = new Map<string, bigint>();
      for (const [role, { uri }] of connections) {
        const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
        spendable.set(role, orThrow(await wallet.balance()).spendableMsat);
        await wallet.close();
      }
      return spendable;
    },
    async close() {
      for (const each of parts) await each.kill();
      for (const way of ways.values()) await way.close();
      await relays.close();
      await relay.close();
      await verifier.close();
      await mint.close();
      await payServer.close();
      await database.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One address for a server of the bank, whatever port it has after a restart. */
async function openForwarder() {
  let port: number | null = null;
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => {
    if (port === null) return void socket.destroy();
    const onward = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => sockets.delete(from) && to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The forwarder has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    forwardTo: (next: number) => (port = next),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
