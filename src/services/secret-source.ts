import { readFile } from 'node:fs/promises';
import { env } from 'node:process';

/** Where a secret is read for each use, so that it can be changed while the provider runs. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** The secret without surrounding blanks; `null` when the variable or file is absent or empty. */
export async function readSecret(source: SecretSource): Promise<string | null> {
  const text = 'env' in source ? env[source.env] : await readFile(source.file, 'utf8').catch(() => '');
  return text?.trim() || null;
}
