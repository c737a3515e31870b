import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { msat, type Msat } from '../../src/protocol/index.ts';
import type { Conduct } from './cast.ts';
import { between } from './draws.ts';
import type { Asked, Scene } from './scene.ts';
import { junkAnswer, rightAnswer, sampleOf } from './work.ts';

/**
 * How a seller's act ended: `asked` for money, `done` (nothing more will come), `gave-up` and said so, or `silent`,
 * so that only time will tell the customer.
 */
export type Ending = 'asked' | 'done' | 'gave-up' | 'silent';

/** Work takes between these multiples of what it usually takes. */
const EFFORT = { least: 0.6, most: 1.6 };
/** So many jobs of a flaky seller come to nothing. */
const DROPPED = 0.35;
/** What is asked in the end, as a multiple of what was promised. */
const BAIT_FACTOR = 3n;
const DEADLINE_MARGIN_SECONDS = 2;

/** Answers a request: a quote with its invoice, or where work comes before the invoice, a promise. */
export async function makeOffer(scene: Scene, conduct: Conduct): Promise<void> {
  const { seller, priceMsat, job } = scene.parts;
  const { exchange, usualSeconds, worstSeconds } = seller;
  const terms = { exchange, amountMsat: priceMsat, usualSeconds, worstSeconds };
  if (exchange !== 'hold' && exchange !== 'prepay') return scene.say({ status: 'processing', ...terms });
  const { bolt11 } =
    conduct === 'false-invoice'
      ? await falseInvoice(scene, job.index)
      : exchange === 'hold'
        ? await scene.holdInvoice(priceMsat)
        : await scene.invoice(priceMsat);
  return scene.say({ status: 'payment-required', ...terms, bolt11 });
}

/** Over more than it says, over less, or run out long ago by the market's clock. */
function falseInvoice(scene: Scene, turn: number): Promise<Asked> {
  const { priceMsat } = scene.parts;
  if (turn % 3 === 0) return scene.holdInvoice(times(priceMsat, BAIT_FACTOR));
  return turn % 3 === 1 ? scene.invoice(msat(priceMsat - 1n)) : scene.invoice(priceMsat, 1);
}

/** Does the work of a promise that was accepted, and asks for the money. */
export async function workUnpaid(scene: Scene, conduct: Conduct): Promise<Ending> {
  const { seller, job, priceMsat } = scene.parts;
  takeTime(scene);
  const amountMsat = conduct === 'baiting' ? times(priceMsat, BAIT_FACTOR) : priceMsat;
  const answer = conduct === 'junk' ? junkAnswer(job.input) : rightAnswer(job.input);
  if (seller.exchange === 'reveal') {
    const { bolt11, paymentHash, preimage } = await scene.holdInvoice(amountMsat);
    const key = conduct === 'broken-seal' ? bytesToHex(randomBytes(32)) : (preimage ?? '');
    const content = await scene.lock(answer, key);
    await scene.deliver(content, { amountMsat, bolt11, revealHash: paymentHash });
    return 'asked';
  }
  const { bolt11 } = await scene.invoice(amountMsat);
  await (seller.exchange === 'sample'
    ? scene.say({
        status: 'payment-required',
        exchange: 'sample',
        amountMsat,
        bolt11,
        usualSeconds: 1,
        worstSeconds: 2,
        content: sampleOf(job.input),
      })
    : scene.deliver(answer, { amountMsat, bolt11 }));
  return 'asked';
}

/** Does what the seller does once money is there, or locked. */
export async function actPaid(scene: Scene, conduct: Conduct, asked: Asked): Promise<Ending> {
  const { seller, job } = scene.parts;
  if (seller.exchange === 'postpay') return 'done';
  if (seller.exchange === 'reveal') {
    await scene.settle(asked);
    return 'done';
  }
  switch (conduct) {
    case 'vanishing':
      await scene.settle(asked);
      return 'silent';
    case 'locking':
      return 'silent';
    case 'junk':
    case 'sample-bait':
      return deliver(scene, asked, junkAnswer(job.input));
    case 'copying':
      return deliver(scene, asked, copied(scene));
    case 'flaky':
      return scene.parts.draw() < DROPPED
        ? giveUp(scene, asked)
        : deliver(scene, asked, rightAnswer(job.input));
    default:
      return deliver(scene, asked, rightAnswer(job.input));
  }
}

async function deliver(scene: Scene, asked: Asked, content: string): Promise<Ending> {
  const { seller, deadlineAt, now } = scene.parts;
  if (seller.exchange !== 'sample') takeTime(scene);
  if (asked.preimage !== null && now() + DEADLINE_MARGIN_SECONDS > deadlineAt) return giveUp(scene, asked);
  await scene.deliver(content);
  await scene.settle(asked);
  return 'done';
}

/** Who holds a lock says that it failed and opens it; who has the money keeps it and says nothing. */
async function giveUp(scene: Scene, asked: Asked): Promise<Ending> {
  if (asked.preimage === null) return 'silent';
  takeTime(scene);
  await scene.say({ status: 'error', error: { code: 'failed', detail: 'it did not work' } });
  await scene.giveBack(asked);
  return 'gave-up';
}

/** What somebody else delivered for the same input, else for any. */
function copied(scene: Scene): string {
  const { job, seenAnswers } = scene.parts;
  const [anything] = [...seenAnswers.values()].slice(-1);
  return seenAnswers.get(job.input) ?? anything ?? junkAnswer(job.input);
}

function takeTime(scene: Scene): void {
  const { seller, draw, advance } = scene.parts;
  advance(Math.max(1, Math.round(seller.realSeconds * between(draw, EFFORT.least, EFFORT.most))));
}

function times(amountMsat: Msat, factor: bigint): Msat {
  return msat(amountMsat * factor);
}
