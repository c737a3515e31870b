/** Whoever runs a server announces it from the page, under the server's own key, and the sign is what was written. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANNOUNCEMENT_KIND, parseAnnouncement, type Announcement } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { signIn } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';

let stage: WebStage;
let visit: Visit;
let relays: RelayPool;

beforeAll(async () => {
  stage = await openWebStage();
  visit = await stage.visit();
  relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
}, STAGE_MS);
afterAll(async () => {
  await relays.close();
  await stage.close();
}, 60_000);

/** What a key announces now, as the relay has it. */
async function announcedBy(pubkey: string): Promise<Announcement[]> {
  const filter = { kinds: [ANNOUNCEMENT_KIND], authors: [pubkey] };
  const events = await relays.query([stage.market.relayUrl], [filter]);
  return events.flatMap((event) => {
    const read = parseAnnouncement(event);
    return read.ok ? [read.value] : [];
  });
}

test(
  'the sign of a server is written, put up, changed and taken down',
  async () => {
    const { page } = visit;
    await page.goto(`${stage.url}/#/workbench/server`);
    await page.getByText('Sign in with the key of your server').waitFor();
    await page.getByLabel('What it is called').fill('Written before');
    await page.getByRole('link', { name: 'Sign in' }).first().click();
    await page.goBack();
    expect(await page.getByLabel('What it is called').inputValue()).toBe('Written before');
    await page.getByLabel('What it is called').fill('');
    const pubkey = await signIn(page, stage.url);
    await page.goto(`${stage.url}/#/workbench/server`);
    await page.getByText('No sign of this key').waitFor();
    await page.getByRole('button', { name: 'Put the sign up' }).click();
    await page.getByText('A name that customers can tell it by').waitFor();
    await page.getByLabel('Kind of job').selectOption('5001');
    await page.getByLabel('What it is called').fill('Short & sweet');
    await page.getByLabel('What customers get').fill('Three sentences.');
    await page.getByLabel('Who sells it').fill('Shorteners');
    await page.getByLabel('Sats for a job').fill('21');
    await page.getByLabel('It reads encrypted requests').check();
    await page.getByRole('checkbox', { name: 'length', exact: true }).check();
    await page.getByLabel('Values of length').fill('3 sentences, 60 words');
    await page.getByRole('button', { name: 'Put the sign up' }).click();
    await page.getByText('The sign is up.').waitFor();

    const [put] = await announcedBy(pubkey);
    expect(put).toMatchObject({
      identifier: 'short-sweet',
      kinds: [5001],
      name: 'Short & sweet',
      about: 'Three sentences.',
      seller: 'Shorteners',
      amount: { pricing: 'fixed', msat: 21_000n },
      supportsEncryption: true,
      acceptsNutzaps: false,
    });
    expect([...(put?.nip90Params ?? [])].map(([name, { values }]) => [name, values])).toEqual([
      ['length', ['3 sentences', '60 words']],
    ]);

    await page.getByRole('link', { name: 'See it in the directory' }).click();
    await page.getByText('Shorteners', { exact: true }).waitFor();
    await page.getByText('21 sat').first().waitFor();

    await page.goto(`${stage.url}/#/workbench/server`);
    await page.getByRole('button', { name: 'Change Short & sweet' }).click();
    await page.getByText('It takes the place of your sign').waitFor();
    await page.getByLabel('Price').selectOption('free');
    await page.getByRole('button', { name: 'Put the sign up' }).click();
    await page.getByRole('row', { name: 'amount 21 free' }).waitFor(); // what changes is shown before it is signed
    await page.getByRole('button', { name: 'Sign and replace it' }).click();
    await page.getByText('The sign is up.').waitFor();
    expect((await announcedBy(pubkey)).map(({ identifier, amount }) => [identifier, amount.pricing])).toEqual(
      [['short-sweet', 'free']],
    );

    await page.getByRole('button', { name: 'Take down Short & sweet' }).click();
    await page.getByRole('button', { name: 'Take it down' }).click();
    await page.getByText('No sign of this key').waitFor();
    expect(await announcedBy(pubkey)).toEqual([]);
    expect(visit.faults).toEqual([]);
  },
  4 * PATIENCE_MS,
);
