import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBlobServer } from '../blobs/server.ts';
import { unixNow } from '../clock/index.ts';
import type { Sale } from '../ledger/index.ts';
import { success, type Failure, type Outcome } from '../protocol/index.ts';
import { openBank, openMint, type Bank, type Mint } from '../regtest/index.ts';
import { startRelayServer, type RelayServer } from '../relay-server/index.ts';
import type { Verifier } from '../relays/index.ts';
import { createWorkerVerifier } from '../relays/node.ts';
import type { ModelEndpoint } from '../services/index.ts';
import { connectWallets, WALLET_ROLES } from './connections.ts';
import { lockMarket, type MarketLock } from './market-file.ts';
import { listenOnOnePort, SAMPLE_PATH, type MarketHttp } from './one-port.ts';
import { sellServices } from './services.ts';
import { openVisitors } from './visitors.ts';
import { BUILT_WEB_APP } from './web-app.ts';
import { webDesk } from './web-desk.ts';

/** The whole market on one machine. */
export interface MarketOptions {
  /** Keeps keys, books, channels and events; made with mode 0700 when missing. */
  readonly dir: string;
  /** Loopback port of relay and pages; 0 takes a free one. */
  readonly port: number;
  /** A build of the web app; that of this checkout or package unless told. */
  readonly webAppDir?: string;
  /** Summarizes with this model instead of extractively. */
  readonly model?: ModelEndpoint;
  /** Told when each part is up, with the milliseconds it took. */
  readonly onReady?: (part: MarketPart, tookMs: number) => void;
  readonly onSale?: (sale: Sale) => void;
  readonly onTrouble?: (trouble: Failure) => void;
}

/** The parts of a market in the order in which they come up. */
export type MarketPart = 'relay' | 'bank' | 'wallets' | 'services';

/** A running market. */
export interface Market {
  /** The relay. */
  readonly relayUrl: string;
  readonly httpUrl: string;
  /** `host:port`, to be named where private addresses are refused. */
  readonly host: string;
  /** A real document that the market serves for trying things out. */
  readonly sampleUrl: string;
  /** The play-money connection of the customer role. A secret, although it holds no real money. */
  readonly customerWalletUri: string;
  readonly providerPubkey: string;
  /** The lightning address of the provider, which takes zaps. */
  readonly providerLud16: string;
  /**
   * Ends services, wallets, bank and relay, in this order; nothing is left behind. Running jobs may go on for `graceMs`
   * (5 s unless told).
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts relay, play-money bank, wallets and services in this process. Fails with `port-taken`,
 * `market-running` (another process has this directory), or a provider's start code.
 */
export async function startMarket(options: MarketOptions): Promise<Outcome<Market>> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const locked = await lockMarket(options.dir);
  if (!locked.ok) return locked;
  const parts: Part[] = [locked.value];
  const closeParts = async (grace?: { readonly graceMs?: number }) => {
    for (let part = parts.pop(); part; part = parts.pop()) {
      await part.close(grace).catch((error: unknown) => options.onTrouble?.(closeTrouble(error)));
    }
  };
  try {
    const started = await startParts(options, locked.value, parts);
    if (!started.ok) await closeParts();
    return started.ok ? success({ ...started.value, close: closeParts }) : started;
  } catch (error) {
    await closeParts();
    throw error;
  }
}

/** What is closed in the end; who has running jobs waits for them as long as it is told. */
interface Part {
  close(grace?: { readonly graceMs?: number }): Promise<void>;
}

async function startParts(
  options: MarketOptions,
  lock: MarketLock,
  parts: Part[],
): Promise<Outcome<Omit<Market, 'close'>>> {
  const verifier = createWorkerVerifier();
  parts.push(verifier);
  const relayStarting = timed(startRelay(options, verifier, parts));
  const roles = [...WALLET_ROLES, 'gateway', 'mint'];
  const bankOpening = timed(openBank({ dir: join(options.dir, 'bank'), roles }));
  // Whichever fails, the other has come up before anything is closed.
  const [, opened] = await Promise.allSettled([relayStarting, bankOpening]);
  if (opened.status === 'fulfilled') parts.push(opened.value.value);
  const [relay, bank] = await Promise.all([relayStarting, bankOpening]);
  if (!relay.value.ok) return relay.value;
  options.onReady?.('relay', relay.tookMs);
  options.onReady?.('bank', bank.tookMs);

  const mint = await startMint(options, bank.value);
  parts.push(mint);

  const { relayUrl, httpUrl, host } = relay.value.value;
  const blobs = await createBlobServer({ dir: join(options.dir, 'blobs'), publicUrl: httpUrl });
  relay.value.value.serveBlobs((request) => blobs.handle(request));
  const wallets = await timed(
    connectWallets({
      dir: options.dir,
      bank: bank.value,
      relayUrl,
      verifier,
      withGateway: true,
      onTrouble: (error) => options.onTrouble?.(walletTrouble(error)),
    }),
  );
  parts.push(wallets.value);
  options.onReady?.('wallets', wallets.tookMs);

  const { uris } = wallets.value;
  const http = relay.value.value;
  const visitors = await openVisitors({
    dir: options.dir,
    bank: bank.value,
    wallets: wallets.value,
    now: unixNow,
  });
  http.serveWebDesk(
    webDesk({ relayUrls: [relayUrl], blobServers: [httpUrl], mintUrl: mint.url, playMoney: true }, visitors),
  );
  const services = await timed(
    sellServices(options, {
      relayUrl,
      http,
      verifier,
      walletUri: uris.provider,
      mintUrl: mint.url,
    }),
  );
  if (!services.value.ok) return services.value;
  parts.push(services.value.value);
  options.onReady?.('services', services.tookMs);

  await lock.publish({ relayUrl, host, mintUrl: mint.url });
  return success({
    relayUrl,
    httpUrl,
    host,
    sampleUrl: `${httpUrl}${SAMPLE_PATH}`,
    customerWalletUri: uris.customer,
    providerPubkey: services.value.value.pubkey,
    providerLud16: services.value.value.lud16,
  });
}

/**
 * The mint has the port beside the relay's, because ecash is bound to the address of its mint; where that is taken any
 * other, and ecash of earlier runs can be used again when it is free.
 */
async function startMint({ dir, port, onTrouble }: MarketOptions, bank: Bank): Promise<Mint> {
  const mint = { dir: join(dir, 'mint'), wallet: bank.wallet('mint') };
  try {
    return await openMint({ ...mint, port: port === 0 ? 0 : port + 1 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const message = `Port ${port + 1} is taken: ecash of earlier runs cannot be used now.`;
    onTrouble?.({ code: 'mint-moved', message });
    return openMint(mint);
  }
}

function walletTrouble(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'wallet-service-failed', message: `A wallet request was left unanswered: ${message}` };
}

function closeTrouble(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'close-failed', message: `A part of the market did not close: ${message}` };
}

/** The relay answers upgrades on the server that also has the pages. */
async function startRelay(
  options: MarketOptions,
  verifier: Verifier,
  parts: Part[],
): Promise<Outcome<MarketHttp>> {
  let relay: RelayServer | null = null;
  const http = await listenOnOnePort({
    port: options.port,
    relayInformation: (request) => relay?.informationResponse(request) ?? null,
    webAppDir: options.webAppDir ?? BUILT_WEB_APP,
  });
  if (!http.ok) return http;
  parts.push(http.value);
  const started = await startRelayServer({
    databasePath: join(options.dir, 'relay.sqlite'),
    verify: (event) => verifier.verify(event),
    server: http.value.server,
    description: { name: 'coinop market (play money)' },
  });
  if (!started.ok) return started;
  relay = started.value;
  parts.push(started.value);
  return http;
}

async function timed<Value>(promise: Promise<Value>): Promise<{ value: Value; tookMs: number }> {
  const started = performance.now();
  const value = await promise;
  return { value, tookMs: performance.now() - started };
}
