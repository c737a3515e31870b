import { resolve } from 'node:path';
import { restoreBackup, writeBackup } from '../account/index.ts';
import { unixNow } from '../clock/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';
import { readPassphrase } from './passphrase.ts';

const ACCOUNTS = ['customer', 'provider', 'gateway'] as const;

/** The arguments of `coinop backup` and `coinop restore`. */
export interface BackupArguments {
  readonly file: string;
  readonly passphraseFile: string | undefined;
}

/** `coinop backup`: writes keys, books and configuration into one encrypted file. */
export async function backup(
  { file, passphraseFile, withWallet }: BackupArguments & { readonly withWallet: boolean },
  { home, walletUri }: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const passphrase = await readPassphrase({ file: passphraseFile, isNew: true }, process.env, signal);
  if (!passphrase.ok) return passphrase;
  const path = resolve(file);
  const written = await writeBackup({
    home,
    accounts: ACCOUNTS,
    path,
    passphrase: passphrase.value,
    walletUri: withWallet ? walletUri : undefined,
    now: unixNow,
  });
  if (!written.ok) return written;
  output.facts({ file: path, contains: written.value });
  output.note('Without the passphrase nobody can read it, you neither. The wallet itself is not in it.');
  return success(undefined);
}

/** `coinop restore`: makes a new home from a backup. */
export async function restore(
  { file, passphraseFile, home }: BackupArguments & { readonly home: string },
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const passphrase = await readPassphrase({ file: passphraseFile, isNew: false }, process.env, signal);
  if (!passphrase.ok) return passphrase;
  const restored = await restoreBackup({ path: file, passphrase: passphrase.value, home, now: unixNow });
  if (!restored.ok) return restored;
  const { files, madeAt, endedConnections } = restored.value;
  output.facts({ home: resolve(home), madeAt: new Date(madeAt * 1000).toISOString(), files });
  output.note(
    'Use it on one machine only: two with the same key do not know what the other buys.\n' +
      'Each account compares its books with its wallet before it does anything else.',
  );
  if (endedConnections > 0)
    output.note(
      `${endedConnections} wallet connection(s) that were handed out have ended: the backup does not know what they spent since. Hand out new ones.`,
    );
  return success(undefined);
}
