import { join } from 'node:path';
import { createBlobClient } from '../blobs/index.ts';
import { openFileDirectory } from '../blobs/server.ts';
import { unixNow } from '../clock/index.ts';
import type { Signer } from '../keys/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../keys/node.ts';
import { createGuardedFetch } from '../http/node.ts';
import type { FileSource } from '../customer/index.ts';
import { openSqlEcashStore } from '../ecash/sql.ts';
import { openPostgresLedger, openSqlLedger } from '../ledger/sql.ts';
import { openSqlCredentialStore } from '../l402/sql.ts';
import type { Checkpoint, Ledger } from '../ledger/index.ts';
import { openNwcWallet, type Wallet } from '../money/index.ts';
import { failure, normalizeRelayUrl, success, type Outcome } from '../protocol/index.ts';
import type { FileDesk } from '../provider/index.ts';
import { createRelayPool, type RelayPool, type Verifier } from '../relays/index.ts';
import { createWorkerVerifier } from '../relays/node.ts';
import { readMark, reconcileRestored, type RestoredReport } from './backup/restored.ts';
import type { AccountEcash } from './ecash.ts';
import { readEcashDue } from './ecash-due.ts';
import { openEcash, type OpenedEcash, type TrustedMints } from './open-ecash.ts';
import { openNamedKey } from './named-key.ts';
import { createPaidFetch, type PaidFetchParts } from './paid-fetch.ts';
import { relaySockets } from './relay-sockets.ts';
import { createRefundResolver } from './refund-address.ts';
import { createZapInvoices } from './zap-invoices.ts';

/** Where an account lives and what it is connected to. */
export interface AccountOptions {
  /** Holds the key file and the ledger; made with mode 0700 when missing. */
  readonly dir: string;
  readonly relayUrls: readonly string[];
  /** A NIP-47 connection; without it only free things can be sold or bought. Never logged. */
  readonly walletUri?: string | undefined;
  /**
   * The Postgres database that this account's processes on several machines keep their books in (`postgres://…`),
   * instead of a file in `dir`. All of them use the same key. Never logged.
   */
  readonly databaseUrl?: string | undefined;
  /** Uses this key instead of the one in `dir`. */
  readonly secretKey?: Uint8Array | undefined;
  /** Blossom servers that the files of results are stored on, the most trusted first; without any they are inlined. */
  readonly blobServers?: readonly string[];
  /** `host:port` pairs that inputs may be fetched from although they are private. */
  readonly allowHosts?: readonly string[];
  /** Trusts these mints with ecash; without any there is none. */
  readonly mints?: TrustedMints | undefined;
  /** What the jobs of this account may spend on data together; each besides has the cap of its service. */
  readonly dataCaps?: PaidFetchParts['caps'];
  /** Shares a verifier between the accounts of one process. */
  readonly verifier?: Verifier;
  /** Told what was found when the account was restored from a backup and is opened for the first time since. */
  readonly onRestored?: ((report: RestoredReport) => void) | undefined;
  /** For the crash harness. */
  readonly checkpoint?: Checkpoint;
}

/** One identity on this machine: its key, its books, its wallet and its relays, ready for a provider or a customer. */
export interface Account {
  /** Where its files are. */
  readonly dir: string;
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly wallet: Wallet | null;
  /** `null` where no mint is trusted. */
  readonly ecash: AccountEcash | null;
  readonly relays: RelayPool;
  /**
   * Connections of another key's own: relays that ask who reads private events (NIP-42) know by them that it is this
   * one. Close them before the account.
   */
  readonly connectAs: (signer: Signer) => RelayPool;
  /** A further key by its name, made when it is missing; see `openNamedKey`. */
  readonly namedKey: (name: string) => ReturnType<typeof openNamedKey>;
  readonly relayUrls: readonly string[];
  readonly fetchInput: ReturnType<typeof createGuardedFetch>;
  /** Stores what is sold as files, and fetches what is bought. */
  readonly files: FileDesk & FileSource;
  /** Pays for what jobs fetch while they are worked on. */
  readonly paidFetch: ReturnType<typeof createPaidFetch>;
  /** Asks lightning addresses for the invoices of refunds. */
  readonly resolveRefundInvoice: ReturnType<typeof createRefundResolver>;
  /** Agrees with pay servers on the invoices of zaps. */
  readonly zapInvoices: ReturnType<typeof createZapInvoices>;
  /** The machine's clock, unix seconds. */
  readonly now: () => number;
  /** Closes ecash, wallet, relays, ledger and what was paid for, in this order. */
  close(): Promise<void>;
}

/**
 * Opens an account, making its key and ledger on first use. One that was restored from a backup first compares
 * its books with its wallet. Fails with `key-file-exposed`, `key-file-unusable`, the key parser's codes,
 * `invalid-nwc-uri`, `ecash-not-shared`, or `restored-unreconciled`; a broken disk or database throws `StoreError`.
 */
export async function openAccount(options: AccountOptions): Promise<Outcome<Account>> {
  const shareable = checkShareable(options);
  if (!shareable.ok) return shareable;
  const key = await accountKey(options);
  if (!key.ok) return key;
  const signer = fastSecretKeySigner(key.value);
  const ledger = await openLedger(options);
  const credentials = openSqlCredentialStore({ path: join(options.dir, 'l402.sqlite') });
  const verifier = options.verifier ?? createWorkerVerifier();
  const WebSocket = relaySockets(options);
  const relays = createRelayPool({ verifier, signer, WebSocket });
  const wallet = openWallet(options.walletUri, relays);
  const owned = [
    wallet.ok ? wallet.value : null,
    relays,
    ledger,
    credentials,
    options.verifier ? null : verifier,
  ];
  if (!wallet.ok) {
    await closeAll(owned);
    return wallet;
  }
  const fetch = createGuardedFetch({ allowHosts: options.allowHosts ?? [], maxRedirects: MAX_REDIRECTS });
  const relayUrls = options.relayUrls.map((url) => normalizeRelayUrl(url) ?? url);
  const purse = openPurse(options, {
    secretKey: key.value,
    signer,
    lightning: wallet.value,
    fetch,
    relays,
    relayUrls,
    now: unixNow,
  });
  const restored = await compareRestored(options, {
    ledger,
    purse,
    relays,
    relayUrls,
    wallet: wallet.value,
    pubkey: signer.pubkey,
  });
  if (!restored.ok) {
    await closeAll([purse, ...owned]);
    return restored;
  }
  return success({
    dir: options.dir,
    signer,
    ledger,
    wallet: wallet.value,
    ecash: purse?.ecash ?? null,
    relays,
    connectAs: (other) =>
      createRelayPool({ verifier, signer: other, WebSocket, limits: { connections: OTHERS_CONNECTIONS } }),
    namedKey: (name) => openNamedKey(options.dir, name, key.value),
    relayUrls,
    fetchInput: fetch,
    files: {
      client: createBlobClient({ fetch }),
      servers: options.blobServers ?? [],
      kept: await openFileDirectory({ dir: join(options.dir, 'files'), maxBytes: KEPT_BYTES }),
      keptUnpaid: await openFileDirectory({
        dir: join(options.dir, 'files', 'unpaid'),
        maxBytes: KEPT_UNPAID_BYTES,
      }),
    },
    paidFetch: createPaidFetch({
      ledger,
      wallet: wallet.value,
      pubkey: signer.pubkey,
      fetch,
      credentials,
      caps: options.dataCaps ?? {},
      now: unixNow,
    }),
    resolveRefundInvoice: createRefundResolver({ fetch, wallet: wallet.value }),
    zapInvoices: createZapInvoices({ fetch, wallet: wallet.value, signer, now: unixNow }),
    now: unixNow,
    close: () => closeAll([purse, ...owned]),
  });
}

async function compareRestored(
  { dir, databaseUrl, onRestored }: AccountOptions,
  {
    purse,
    ...parts
  }: Omit<Parameters<typeof reconcileRestored>[0], 'dir' | 'mark' | 'ecash' | 'now' | 'signal'> & {
    readonly purse: OpenedEcash | null;
  },
): Promise<Outcome<void>> {
  const mark = databaseUrl === undefined ? await readMark(dir) : null; // a shared database was not restored with it
  if (mark === null) return success(undefined);
  const { signal } = new AbortController(); // each wait is bounded by the wallet
  await purse?.resumed; // as is each call of a mint
  const ecash = purse?.ecash ?? null;
  const compared = await reconcileRestored({ ...parts, ecash, dir, mark, now: unixNow, signal });
  if (!compared.ok) return compared;
  onRestored?.(compared.value);
  return success(undefined);
}

/** Proofs are spent by whoever has them first: several processes would each hold some, and know nothing of the others'. */
function checkShareable({ databaseUrl, mints }: AccountOptions): Outcome<void, 'ecash-not-shared'> {
  if (databaseUrl === undefined || mints === undefined || mints.urls.length === 0) return success(undefined);
  return failure(
    'ecash-not-shared',
    'Ecash is kept on one machine: trust no mint where the books are in a database that several machines share.',
  );
}

function openLedger({ dir, databaseUrl, checkpoint }: AccountOptions): Ledger | Promise<Ledger> {
  const parts = { now: unixNow, ...(checkpoint ? { checkpoint } : {}) };
  return databaseUrl === undefined
    ? openSqlLedger({ path: join(dir, 'ledger.sqlite'), ...parts })
    : openPostgresLedger({ url: databaseUrl, ...parts });
}

async function accountKey(options: AccountOptions): Promise<Outcome<Uint8Array>> {
  if (options.secretKey) return success(options.secretKey);
  const file = await loadOrCreateKeyFile(join(options.dir, 'key'));
  return file.ok ? success(file.value.secretKey) : file;
}

function openPurse(
  { dir, mints, secretKey, checkpoint }: AccountOptions,
  parts: Omit<Parameters<typeof openEcash>[0], 'store' | 'mints' | 'isOwnKey' | 'restoredAt' | 'checkpoint'>,
): OpenedEcash | null {
  if (mints === undefined || mints.urls.length === 0) return null;
  const store = openSqlEcashStore({ path: join(dir, 'ecash.sqlite') });
  const isOwnKey = secretKey === undefined;
  const restoredAt = () => readEcashDue(dir);
  const opened = openEcash({ ...parts, store, mints, checkpoint, isOwnKey, restoredAt });
  return {
    ...opened,
    async close() {
      await opened.close();
      await store.close();
    },
  };
}

function openWallet(uri: string | undefined, relays: RelayPool): Outcome<Wallet | null> {
  return uri === undefined
    ? success(null)
    : openNwcWallet({ uri, relays, now: unixNow, signerOf: fastSecretKeySigner });
}

const MAX_REDIRECTS = 5;
/** Relays that each further key is connected to at once. */
const OTHERS_CONNECTIONS = 32;
/** Files that were sold or bought; the oldest go first. */
const KEPT_BYTES = 2 ** 30;
/** Files that nothing was paid for; the oldest go first. */
const KEPT_UNPAID_BYTES = 2 ** 28;

async function closeAll(parts: readonly ({ close(): Promise<void> } | null)[]): Promise<void> {
  for (const part of parts) await part?.close();
}
