import { join } from 'node:path';
import type { Command } from 'commander';
import { formatNpub, pubkeyOf } from '../keys/index.ts';
import { loadOrCreateKeyFile } from '../keys/node.ts';
import { success, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags, Config } from './config.ts';
import type { Output } from './output.ts';

/** Adds `coinop key`. */
export function addKeyCommand(program: Command, { run, withAccount, withConfig }: CommandRunner): void {
  withAccount(program.command('key'))
    .description('show the public keys of this machine')
    .action((flags: AccountFlags) =>
      run((output) => withConfig(flags, 'customer', (config) => showKeys(config, output))),
    );
}

/** `coinop key`: shows who the customer and the provider of this machine are, making their keys on first use. */
async function showKeys(config: Config, output: Output): Promise<Outcome<void>> {
  const rows = [];
  for (const role of ['customer', 'provider'] as const) {
    const file = join(config.home, role, 'key');
    const key = await loadOrCreateKeyFile(file);
    if (!key.ok) return key;
    const pubkey = pubkeyOf(key.value.secretKey);
    rows.push({ role, npub: formatNpub(pubkey), pubkey, file });
  }
  output.rows(['role', 'npub', 'file'], rows);
  return success(undefined);
}
