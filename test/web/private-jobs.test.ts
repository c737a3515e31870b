import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { drop } from './drop-file.ts';
import { announceSkill, signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';
import { openVendor, type Vendor } from './vendor.ts';

/** What only the customer and whoever is asked may know. */
const SECRET = 'The well is behind the third oak.';
const RECORDING = '5000';
const TEST_MS = 6 * PATIENCE_MS;

let stage: WebStage;
let visit: Visit;
let vendors: Record<'blind' | 'reader' | 'dear' | 'cheap', Vendor>;

beforeAll(async () => {
  stage = await openWebStage();
  const text = (name: string, priceSats: number) =>
    service({ kind: 5002, name, priceSats, handler: async () => `${name} says: el pozo` });
  const reading = (name: string) => service({ kind: 5000, name, priceSats: 0, handler: describe });
  const [blind, reader, dear, cheap] = await Promise.all([
    openVendor(stage, [reading('Blind to files')], { opensFiles: false }),
    openVendor(stage, [reading('Reads files')]),
    openVendor(stage, [text('Dear one', 90)]),
    openVendor(stage, [text('Cheap one', 30)]),
  ]);
  vendors = { blind, reader, dear, cheap };
  visit = await stage.visit('', { permissions: ['microphone'] });
  await signInWithPlayMoney(visit.page, stage.url);
}, STAGE_MS);
afterAll(async () => {
  await Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
  await stage.close();
}, 60_000);

/** Says what its inputs are: a type, the first bytes as text, a hash. */
const describe: JobHandler = async ({ inputs }) =>
  inputs
    .map(({ bytes, mediaType }) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      return `${mediaType} ${Buffer.from(bytes.subarray(0, 4)).toString('hex')} ${hash}`;
    })
    .join('\n');

const sellers = (page: Page) => page.getByRole('complementary', { name: 'Who does this now' });
/** Presses the button beside a seller. */
const press = (page: Page, seller: string, name: string) =>
  sellers(page).getByRole('listitem').filter({ hasText: seller }).getByRole('button', { name }).click();

/** Everything that the market's server for files has stored. */
function storedBlobs(): Buffer[] {
  const dir = join(stage.dir, 'blobs');
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

test(
  'a recording and a dropped file of an encrypted job are read by whom they are for, and by no server',
  async () => {
    const { page, faults } = visit;
    const before = storedBlobs().length;
    await page.goto(`${stage.url}/#/new/${RECORDING}`);
    await page.getByRole('button', { name: 'Record' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /Recording.*[2-9]/ })
      .waitFor();
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await page.getByText(/^recording\./).waitFor();
    await drop(page, 'where.txt', 'text/plain', SECRET);
    await page.getByRole('switch', { name: 'Encrypt the request' }).check();
    await page.getByText('Files are encrypted in this page before they are stored.').waitFor();

    // Who does not open such files gets none.
    await press(page, 'Blind to files', 'Ask only this one');
    await page.getByText('Not everybody you chose opens encrypted files').waitFor();
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.getByText('Some fields need another look').waitFor();
    await press(page, 'Blind to files', 'Leave it out');
    await press(page, 'Reads files', 'Ask only this one');
    await page.getByRole('button', { name: 'Send the request' }).click();

    await page.getByText('result is here').waitFor(); // the offer is another one than while it was worked for
    await page.getByRole('button', { name: /^Take the offer/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    const result = page.getByRole('region', { name: 'Result', exact: true });
    await result.getByText(createHash('sha256').update(SECRET).digest('hex')).waitFor();
    await result.getByText(/audio\/webm 1a45dfa3/).waitFor(); // what a WebM file begins with

    const stored = storedBlobs();
    expect(stored.length).toBe(before + 2);
    for (const blob of stored) {
      expect(blob.includes(SECRET)).toBe(false);
      expect(blob.subarray(0, 4).toString('hex')).not.toBe('1a45dfa3');
    }
    const shown = await page.evaluate(() => document.body.innerText);
    expect(shown).not.toContain('decryption-key');
    expect(faults).toEqual([]);
  },
  TEST_MS,
);

test(
  'an encrypted job for two: their offers stand side by side, one is paid, the other request is withdrawn',
  async () => {
    const { page, faults } = visit;
    await page.goto(`${stage.url}/#/new/5002`);
    await page.getByLabel('Most it may cost (sat)').waitFor(); // the page before had fields as well
    await page.getByRole('textbox').first().fill(SECRET);
    await page.getByRole('textbox', { name: 'Language' }).fill('es');
    await press(page, 'Dear one', 'Ask only this one');
    await press(page, 'Cheap one', 'Ask this one too');
    await sellers(page).getByText('Only these 2 are asked.').waitFor();
    await page.getByRole('switch', { name: 'Encrypt the request' }).check();
    await page.getByText('Each of the 2 gets a request that only it can read.').waitFor();
    expect(await page.getByRole('radio', { name: /^Pick for me/ }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Send the request' }).click();

    const offers = page.getByRole('table', { name: 'Offers' });
    await offers.getByText('90 sat').waitFor();
    await offers.getByText('30 sat').waitFor();
    const address = page.url();
    await page.reload(); // the books alone say what belongs together
    await offers.getByText('90 sat').waitFor();
    await offers
      .getByRole('row')
      .filter({ hasText: '30 sat' })
      .getByRole('button', { name: /^Take/ })
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Approve and pay/ })
      .click();
    await page.getByText('Cheap one says: el pozo').waitFor();
    expect(page.url()).toBe(address);
    await page.getByRole('region', { name: 'Asked together' }).getByText('cancelled').waitFor();

    const withdrawn = await vendors.dear.sale(({ work }) => work === 'cancelled');
    const sold = await vendors.cheap.sale(({ money }) => money === 'settled');
    expect(JSON.stringify([withdrawn.request, sold.request])).not.toContain('third oak');
    expect((await vendors.cheap.earned()).map(({ amountMsat }) => amountMsat)).toEqual([30_000n]);
    expect(await vendors.dear.earned()).toEqual([]);

    await page.goto(`${stage.url}/#/runs`);
    const runs = page.getByRole('link', { name: /Translation/ });
    await runs.first().waitFor();
    expect(await runs.count()).toBe(1);
    expect(faults).toEqual([]);
  },
  TEST_MS,
);

test(
  'a file of an encrypted job is opened by the person whom it is for',
  async () => {
    const { page, faults } = visit;
    const worker = await stage.visit();
    await signInWithPlayMoney(worker.page, stage.url);
    await announceSkill(worker.page, stage.url, { name: 'Reads by eye', kind: RECORDING });

    await page.goto(`${stage.url}/#/new/${RECORDING}`);
    await press(page, 'Reads by eye', 'Ask only this one');
    await page.getByRole('switch', { name: 'Encrypt the request' }).check();
    await drop(page, 'where.txt', 'text/plain', SECRET);
    await page.getByLabel('Wait for it at most').selectOption('10080');
    await page.getByRole('button', { name: 'Send the request' }).click();

    await worker.page.getByRole('link').filter({ hasText: 'text/plain' }).click();
    await worker.page.getByText('An encrypted file, which only you can open').waitFor();
    await worker.page.getByRole('button', { name: 'Open the file' }).click();
    const saving = worker.page.waitForEvent('download');
    await worker.page.getByText('Save the file').click();
    expect(readFileSync(await (await saving).path(), 'utf8')).toBe(SECRET);
    expect([...faults, ...worker.faults]).toEqual([]);
    await worker.close();
  },
  TEST_MS,
);
