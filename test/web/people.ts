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

/** Announces a skill of a kind from the workbench, and shows that its person is there. */
export async function announceSkill(
  page: Page,
  url: string,
  { name, kind }: { readonly name: string; readonly kind: string },
): Promise<void> {
  await page.goto(`${url}/#/workbench/skills`);
  await page.getByLabel('Your name on the sign').fill('By hand');
  await page.getByLabel('What it is called').fill(name);
  await page.getByLabel('What customers get, in two sentences').fill('Careful work.');
  await page.getByLabel('Kind of job').selectOption(kind);
  await page.getByRole('button', { name: 'Announce' }).click();
  await page.getByText('Announced. What customers ask for').waitFor();
  await page.goto(`${url}/#/workbench`);
  await page.getByRole('button', { name: 'for an hour' }).click();
  await page.getByText(/until \d/).waitFor();
}
