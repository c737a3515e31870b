import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { unixNow } from '../clock/index.ts';
import { fastSecretKeySigner } from '../keys/node.ts';
import { createNwcConnection, memoryNwcConnections, serveNwc, type NwcGrant } from '../money/index.ts';
import { openSqlNwcConnections } from '../money/sql.ts';
import type { Bank } from '../regtest/index.ts';
import { createRelayPool, type Verifier } from '../relays/index.ts';
import { NodeWebSocket } from '../relays/node.ts';

/** Roles that have a wallet in the play-money bank. */
export const WALLET_ROLES = ['provider', 'customer'] as const;

/** A role with a wallet; a market also has one for a gateway, which buys and is paid by clients of its own. */
export type WalletRole = (typeof WALLET_ROLES)[number] | 'gateway' | VisitorRole;

/** Whoever opens the web app has a wallet of its own. */
export type VisitorRole = `visitor-${number}`;

/** The wallets of a market as NWC connections (NIP-47) over its own relay. */
export interface MarketWallets {
  /** Each holds a secret. */
  readonly uris: Readonly<Record<(typeof WALLET_ROLES)[number], string>>;
  /** Serves the wallet of one more role, which the bank has; returns its connection, which holds a secret. */
  serve(role: WalletRole): Promise<string>;
  close(): Promise<void>;
}

/**
 * Serves each role's wallet through NWC, so that everything else reaches money exactly as it would reach a
 * real wallet, and with it the connections that were handed out to others. Connections keep their keys over
 * restarts, whatever port the relay has.
 */
export async function connectWallets(options: {
  readonly dir: string;
  readonly bank: Bank;
  readonly relayUrl: string;
  readonly verifier: Verifier;
  /** Serves the wallet of the gateway as well, which the bank has then. */
  readonly withGateway?: boolean;
  /** Hears of broken storage of the connections that were handed out. */
  readonly onTrouble?: (error: unknown) => void;
}): Promise<MarketWallets> {
  const relays = createRelayPool({ verifier: options.verifier, WebSocket: NodeWebSocket });
  const served: Awaited<ReturnType<typeof serveRole>>[] = [];
  const close = async () => {
    await Promise.all(served.map((service) => service.close()));
    await relays.close();
  };
  const serve = async (role: WalletRole) => {
    const service = await serveRole(role, options, relays);
    served.push(service);
    return service.uri;
  };
  try {
    if (options.withGateway === true) await serve('gateway');
    const uris = { provider: await serve('provider'), customer: await serve('customer') };
    return { uris, serve, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveRole(
  role: WalletRole,
  { dir, bank, relayUrl, onTrouble }: Parameters<typeof connectWallets>[0],
  relays: ReturnType<typeof createRelayPool>,
) {
  const connection = await loadConnection(dir, role, relayUrl);
  const handedOut = openSqlNwcConnections({ path: marketConnectionsPath(dir, role) });
  const services: Awaited<ReturnType<typeof serveNwc>>[] = [];
  const close = async () => {
    await Promise.all(services.map((service) => service.close()));
    await handedOut.close();
  };
  try {
    for (const connections of [memoryNwcConnections([ownersGrant(role, connection)]), handedOut])
      services.push(
        await serveNwc({
          wallet: bank.wallet(role),
          relays,
          relayUrls: [relayUrl],
          connections,
          now: unixNow,
          signerOf: fastSecretKeySigner,
          ...(onTrouble === undefined ? {} : { onTrouble }),
        }),
      );
    return { uri: connection.uri, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the connections to a role's wallet are kept that were handed out to others. */
export function marketConnectionsPath(dir: string, role: WalletRole): string {
  return join(dir, 'wallets', `${role}-connections.sqlite`);
}

function ownersGrant(role: WalletRole, { clientPubkey, serviceSecretKey }: SavedConnection): NwcGrant {
  return {
    name: role,
    clientPubkey,
    serviceSecretKey: hexToBytes(serviceSecretKey),
    scope: 'whole-wallet',
    createdAt: unixNow(),
  };
}

const SavedConnection = z.object({ uri: z.url(), serviceSecretKey: z.string(), clientPubkey: z.string() });
type SavedConnection = z.infer<typeof SavedConnection>;

/** The role's connection of earlier runs with the relay's present address, or a new one. */
async function loadConnection(dir: string, role: WalletRole, relayUrl: string): Promise<SavedConnection> {
  const path = connectionFile(dir, role);
  const saved = await readConnection(path);
  if (saved) {
    const uri = new URL(saved.uri);
    uri.searchParams.set('relay', relayUrl);
    const current = { ...saved, uri: uri.href };
    await saveConnection(path, current);
    return current;
  }
  const { uri, serviceSecretKey, clientPubkey } = createNwcConnection({ relayUrls: [relayUrl] });
  const fresh = { uri, serviceSecretKey: bytesToHex(serviceSecretKey), clientPubkey };
  await saveConnection(path, fresh);
  return fresh;
}

function connectionFile(dir: string, role: WalletRole): string {
  return join(dir, 'wallets', `${role}.json`);
}

/** `null` when there is none that can be used: a damaged one is replaced, for a connection holds no money. */
async function readConnection(path: string): Promise<SavedConnection | null> {
  try {
    return SavedConnection.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Complete or absent, and readable by the owner only. */
async function saveConnection(path: string, connection: SavedConnection): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.next`, 'w', 0o600);
  await file.writeFile(JSON.stringify(connection));
  await file.sync();
  await file.close();
  await rename(`${path}.next`, path);
}

/** The NWC connection of a role in the market of this directory, for other processes of the same user. */
export async function marketWalletUri(dir: string, role: WalletRole): Promise<string | undefined> {
  return (await readConnection(connectionFile(dir, role)))?.uri;
}
