import type { Page } from '@playwright/test';
import { formatNcryptsec, generateSecretKey, pubkeyOf } from '../../src/keys/index.ts';

const PASSWORD = 'a long pass word';

/** Signs in with a key of its own; gives the public key. */
export async function signIn(page: Page, url: string): Promise<string> {
  const secretKey = generateSecretKey();
  await page.goto(`${url}/#/you`);
  await page.getByText('Encrypted key', { exact: true }).click();
  await page.getByLabel('Encrypted key (ncryptsec1…)').fill(formatNcryptsec(secretKey, PASSWORD));
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the key' }).click();
  await page
    .getByRole('button', { name: /sign out/i })
    .first()
    .waitFor();
  return pubkeyOf(secretKey);
}

/** Signs in with a key of its own and takes a play wallet; gives the public key. */
export async function signInWithPlayMoney(page: Page, url: string): Promise<string> {
  const pubkey = await signIn(page, url);
  await page.goto(`${url}/#/wallet`);
  await page.getByRole('button', { name: 'Take a play wallet' }).click();
  await page.getByText('Connected wallet').first().waitFor();
  return pubkey;
}
