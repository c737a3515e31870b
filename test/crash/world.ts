import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { reconcile, type Account, type Finding } from '../../src/account/index.ts';
import { openSqlEcashStore } from '../../src/ecash/sql.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { isPaidInEcash, orThrow, type ExchangeMode, type NostrEvent } from '../../src/protocol/index.ts';
import { startRelayServer } from '../../src/relay-server/index.ts';
import { createRelayPool } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import { openOwnAccount } from './own-account.ts';
import { openScriptedProvider, type ScriptedProvider } from '../customer/scripted-provider.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

/** The parts of the market that can be killed. */
export type Part = 'provider' | 'customer' | 'bank';

/** A line that a part told. */
type Line = Readonly<Record<string, unknown>> & { readonly t: string };

/** A part of the market in a process of its own. */
export class PartProcess {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #told = new EventEmitter();
  readonly exited: Promise<{ signal: string | null; code: number | null }>;
  #errors = '';

  constructor(part: Part, args: readonly string[], env: Readonly<Record<string, string>>) {
    const file = programFile(new URL(`./${part}-process.ts`, import.meta.url));
    this.#child = spawn(process.execPath, [file, ...args], {
      env: { ...CHILD_ENVIRONMENT, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('no pipes');
    createInterface({ input: stdout }).on('line', (text) => {
      this.lines.push(JSON.parse(text) as Line);
      this.#told.emit('line');
    });
    stderr.on('data', (chunk: Buffer) => (this.#errors = (this.#errors + chunk.toString()).slice(-4000)));
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#told.emit('line');
      return { code: code as number | null, signal: signal as string | null };
    });
  }

  /** The first line after so many that fits, now or later; rejects when the process ends or the time is up. */
  async until(fits: (line: Line) => boolean, timeoutMs = 100_000, from = 0): Promise<Line> {
    const timeout = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.lines.slice(from).find(fits);
      if (found) return found;
      if (!this.isRunning())
        throw new Error(
          `the process ended (${this.#child.exitCode ?? this.#child.signalCode}): ${this.#errors}`,
        );
      await once(this.#told, 'line', { signal: timeout }).catch(() => {
        throw new Error(`nothing fitting was told: ${JSON.stringify(this.lines.slice(-15))} ${this.#errors}`);
      });
    }
  }

  isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Tells the process something. */
  send(message: string): void {
    this.#child.send(message);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** From now on it dies where it passes the checkpoint, `name#n` for the `n`th time. */
  async doom(crashAt: string): Promise<void> {
    const told = this.lines.length;
    this.#child.send({ crashAt });
    await this.until(({ t }) => t === 'doomed', undefined, told);
  }

  async stop(): Promise<void> {
    if (!this.isRunning()) return;
    this.#child.kill('SIGTERM');
    const forced = setTimeout(() => this.kill(), 10_000);
    await this.exited;
    clearTimeout(forced);
  }
}

/** A market whose parts are processes; the relay lives here and survives. */
export interface World {
  /** Starts a part, or starts it again; `crashAt` is `checkpoint#pass`. */
  start(part: Part, options?: { crashAt?: string }): Promise<PartProcess>;
  /** A part that dies at the checkpoint: one that runs, but for the bank, whose thread hears of it when it starts. */
  doomed(part: Part, crashAt: string): Promise<PartProcess>;
  /** A part that runs, started when it does not. */
  part(part: Part): Promise<PartProcess>;
  /** What both roles can spend now, over Lightning and in ecash, in millisats. */
  balances(): Promise<{ provider: bigint; customer: bigint }>;
  /** A provider with the provider's wallet that lives here, survives, and does what a test tells it. */
  openSeller(): Promise<ScriptedProvider>;
  /** Compares the books of a role, which is stopped for it, with its wallet and its mint. */
  findings(role: 'provider' | 'customer'): Promise<Finding[]>;
  /** All results on the relay for a request. */
  results(requestId: string): Promise<NostrEvent[]>;
  close(): Promise<void>;
}

/** How the market of a world trades. */
export interface WorldOptions {
  readonly offerSeconds: number;
  readonly exchange: ExchangeMode;
  readonly priceSats: number;
}

/**
 * Opens a world in a directory of its own, in which offers stand for so long, jobs have that price, and customers ask
 * for one mode; with a mint where it is paid in ecash.
 */
export async function openWorld(told: Partial<WorldOptions> = {}): Promise<World> {
  const { offerSeconds = 40, exchange = 'hold', priceSats = 7 } = told;
  const dir = await mkdtemp(join(tmpdir(), 'coinop-crash-'));
  const verifier = createWorkerVerifier({ workers: 1 });
  const relay = orThrow(
    await startRelayServer({
      databasePath: join(dir, 'relay.sqlite'),
      verify: (event) => verifier.verify(event),
    }),
  );
  const relays = createRelayPool({ verifier, WebSocket: NodeWebSocket });
  const running = new Map<Part, PartProcess>();
  const sellers: ScriptedProvider[] = [];
  let uris: { provider: string; customer: string } | null = null;
  let mint: { MINT_URL?: string } = {};
  const walletOf = (uri: string) =>
    orThrow(openNwcWallet({ uri, relays, now: () => Math.floor(Date.now() / 1000) }));

  const world: World = {
    async part(part) {
      const present = running.get(part);
      if (present?.isRunning()) return present;
      const started = await world.start(part);
      await started.until(({ t }) => t === 'ready');
      return started;
    },
    async doomed(part, crashAt) {
      if (part !== 'bank') {
        const victim = await world.part(part);
        await victim.doom(crashAt);
        return victim;
      }
      const victim = await world.start(part, { crashAt });
      await Promise.race([victim.exited, victim.until(({ t }) => t === 'ready')]);
      return victim;
    },
    async start(part, { crashAt = '' } = {}) {
      await running.get(part)?.stop();
      const env = {
        COINOP_CRASH_AT: crashAt,
        COINOP_OFFER_SECONDS: String(offerSeconds),
        COINOP_EXCHANGE: exchange,
        COINOP_PRICE_SATS: String(priceSats),
        COINOP_MINT: isPaidInEcash(exchange) ? 'yes' : 'no',
        ...mint,
        ...(uris && part !== 'bank' ? { NWC_URL: uris[part] } : {}),
      };
      const args = part === 'bank' ? [dir, relay.url] : [join(dir, part), relay.url];
      const started = new PartProcess(part, args, env);
      running.set(part, started);
      if (part === 'bank' && !crashAt) {
        const ready = await started.until(({ t }) => t === 'ready');
        uris = { provider: ready['provider'] as string, customer: ready['customer'] as string };
        if (typeof ready['mintUrl'] === 'string') mint = { MINT_URL: ready['mintUrl'] };
      }
      return started;
    },
    async balances() {
      if (!uris) throw new Error('the bank was never open');
      const [provider, customer] = [walletOf(uris.provider), walletOf(uris.customer)];
      try {
        return {
          provider: orThrow(await provider.balance()).spendableMsat + (await ecashIn(dir, 'provider')),
          customer: orThrow(await customer.balance()).spendableMsat + (await ecashIn(dir, 'customer')),
        };
      } finally {
        await provider.close();
        await customer.close();
      }
    },
    async openSeller() {
      if (!uris) throw new Error('the bank was never open');
      const seller = await openScriptedProvider(walletOf(uris.provider), relays, relay.url);
      sellers.push(seller);
      return seller;
    },
    async findings(role) {
      await running.get(role)?.stop();
      const env = { ...mint, ...(uris === null ? {} : { NWC_URL: uris[role] }) };
      const account = await openOwnAccount(join(dir, role), relay.url, undefined, env);
      try {
        return await findingsOf(account);
      } finally {
        await account.close();
      }
    },
    results: (requestId) => relays.query([relay.url], [{ kinds: [6050], '#e': [requestId] }]),
    async close() {
      for (const seller of sellers) {
        seller.close();
        await seller.wallet.close();
      }
      for (const part of running.values()) await part.stop();
      await relays.close();
      await relay.close();
      await verifier.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** The ecash of a role, by its books; 0 where it has none. */
async function ecashIn(dir: string, role: string): Promise<bigint> {
  const path = join(dir, role, 'ecash.sqlite');
  if (!existsSync(path)) return 0n;
  const store = openSqlEcashStore({ path });
  try {
    const ours = await store.proofs({ role: 'purse' });
    return ours.reduce((sum, { amount, state }) => (state === 'spent' ? sum : sum + amount * 1000n), 0n);
  } finally {
    await store.close();
  }
}

async function findingsOf({ ledger, wallet, ecash, signer, now }: Account): Promise<Finding[]> {
  if (wallet === null) throw new Error('it has no wallet');
  const found: Finding[] = [];
  const whose = { ledger, wallet, ecash, pubkey: signer.pubkey, now };
  const onFinding = (finding: Finding) => found.push(finding);
  const { signal } = new AbortController();
  orThrow(await reconcile({ ...whose, dryRun: true, since: 0, onFinding, signal }));
  return found;
}
