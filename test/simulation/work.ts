import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { msat, type Msat } from '../../src/protocol/index.ts';
import { between, drawsFor } from './draws.ts';

/** One job that somebody wants to have done. */
export interface Job {
  readonly index: number;
  readonly input: string;
  /** What such a job usually costs. */
  readonly fairMsat: Msat;
}

/** Jobs differ in size: so many sats are usual. */
const FAIR_SATS = { least: 10, most: 40 };
/** This share of the jobs asks for what was asked for before. */
const REPEATED = 0.15;

/** The jobs of a market, in the order in which they come up. */
export function jobsOf(seed: number, count: number): Job[] {
  return Array.from({ length: count }, (_none, index) => {
    const draw = drawsFor(seed, 'job', index);
    const isRepeated = index > 0 && draw() < REPEATED;
    const topic = isRepeated ? Math.floor(draw() * index) : index;
    const fairMsat = msat(BigInt(Math.round(between(draw, FAIR_SATS.least, FAIR_SATS.most) * 1000)));
    return { index, input: `a picture of fox ${topic}`, fairMsat };
  });
}

/** What an honest provider delivers. Only the simulation can tell it from junk for sure. */
export function rightAnswer(input: string): string {
  return `Here is ${input}: ${bytesToHex(sha256(utf8ToBytes(input)))}`;
}

/** The part of the right answer that is shown as a sample. */
export function sampleOf(input: string): string {
  return rightAnswer(input).slice(0, 40);
}

/** What looks like an answer and is none. */
export function junkAnswer(input: string): string {
  return `Here is ${input}: ${bytesToHex(sha256(utf8ToBytes(`junk ${input}`)))}`;
}
