import { afterAll, beforeAll, expect, test } from 'vitest';
import { satsToMsat } from '../../src/protocol/index.ts';
import { STAGE_MS } from './stage.ts';
import {
  agree,
  ask,
  considerOffer,
  findJob,
  meetTwoPeople,
  quote,
  TEST_MS,
  write,
  type Person,
  type TwoPeople,
} from './two-people.ts';

let people: TwoPeople;
let customer: Person;
let worker: Person;

beforeAll(async () => {
  people = await meetTwoPeople();
  ({ customer, worker } = people);
}, STAGE_MS);
afterAll(() => people.close(), 60_000);

test(
  'a person sells a translation to a person: offer with words, real payment, a part, the whole, a review',
  async () => {
    const requestId = await ask(customer, 'The lighthouse keeper counts the ships.');
    await findJob(worker, 'The lighthouse keeper');
    await quote(worker, 120, 'One revision included.');

    await customer.page.getByText('You pay before the work and trust them to deliver').waitFor();
    await customer.page.getByText('One revision included.').first().waitFor();
    await considerOffer(customer);
    await agree(customer);
    await write(worker, 'El farero cuenta');
    await worker.page.getByRole('button', { name: 'Show a part now' }).click();
    await worker.page.getByText('Sent: all that you wrote so far.').waitFor();
    await customer.page.getByText('El farero cuenta').waitFor();
    await write(worker, 'El farero cuenta los barcos.');
    await worker.page.getByRole('button', { name: 'Deliver' }).click();

    await customer.page.getByText('Paid, and the result is here.').waitFor();
    await customer.page
      .getByRole('region', { name: 'Result', exact: true })
      .getByText('El farero cuenta los barcos.')
      .waitFor();
    await worker.page.getByText('Delivered, and the money is yours.').waitFor();

    await review(customer, 'careful and quick');
    await worker.page.getByText('careful and quick').waitFor();

    const [paid, ...others] = await customer.payments('outgoing');
    expect(others).toEqual([]);
    expect(paid).toMatchObject({ state: 'settled', amountMsat: satsToMsat(120) });
    expect(await worker.payments('incoming')).toMatchObject([
      { state: 'settled', amountMsat: satsToMsat(120), paymentHash: paid?.paymentHash },
    ]);
    const results = await people.stored({ kinds: [6002], '#e': [requestId] });
    expect(results.map(({ content }) => content)).toEqual(['El farero cuenta los barcos.']);
    expect(people.faults()).toEqual([]);
  },
  TEST_MS,
);

test(
  'an encrypted one is read by the two alone: task, questions, parts, result',
  async () => {
    const SECRETS = ['Bring the silver key', 'Which key', 'The old one', 'la llave de plata'];
    const requestId = await ask(customer, 'Bring the silver key at midnight.', { encrypted: true });
    await findJob(worker, 'Bring the silver key');
    await say(worker, 'Which key do you mean?');
    await customer.page.getByText('Which key do you mean?').waitFor();
    await say(customer, 'The old one from the cellar.');
    await worker.page.getByText('The old one from the cellar.').waitFor();
    await quote(worker, 80);

    await considerOffer(customer);
    await agree(customer);
    await write(worker, 'Traiga la llave de plata');
    await worker.page.getByRole('button', { name: 'Show a part now' }).click();
    await customer.page.getByText('Traiga la llave de plata').waitFor();
    await write(worker, 'Traiga la llave de plata a medianoche.');
    await worker.page.getByRole('button', { name: 'Deliver' }).click();
    await customer.page
      .getByRole('region', { name: 'Result', exact: true })
      .getByText('Traiga la llave de plata a medianoche.')
      .waitFor();
    await worker.page.getByText('Delivered, and the money is yours.').waitFor();

    const [request] = await people.stored({ ids: [requestId] });
    expect(request?.tags.map(([name]) => name).toSorted()).toEqual([
      'encrypted',
      'exchange',
      'expiration',
      'p',
      'relays',
    ]);
    const answers = await people.stored({ kinds: [6002, 7000], '#e': [requestId] });
    expect(answers.map(({ kind }) => kind)).toEqual(expect.arrayContaining([6002, 7000]));
    for (const { tags } of answers) {
      expect(tags).toContainEqual(['encrypted']);
      expect(tags.map(([name]) => name)).not.toContain('i');
    }
    const everything = JSON.stringify(await people.stored({ limit: 1000 }));
    expect(everything).toContain(requestId);
    for (const secret of SECRETS) expect(everything).not.toContain(secret);
    expect(await people.stored({ kinds: [1059] })).not.toEqual([]);
    expect(people.faults()).toEqual([]);
  },
  TEST_MS,
);

async function review({ page }: Person, words: string): Promise<void> {
  await page.locator('label').filter({ hasText: '4 stars' }).click();
  await page.getByLabel('Words for everybody').fill(words);
  await page.getByRole('button', { name: 'Publish the review' }).click();
  await page.getByText('You reviewed this.').waitFor();
}

/** Writes to the other side in private. */
async function say({ page }: Person, words: string): Promise<void> {
  await page.getByLabel('Write').fill(words);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText(words).first().waitFor();
}
