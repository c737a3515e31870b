import {
  array,
  bigInt,
  constantFrom,
  integer,
  record,
  string,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import {
  EXCHANGE_MODES,
  FOLLOW_UP_STEPS,
  MAX_MILESTONES,
  MAX_MSAT,
  MAX_REVISIONS,
  msat,
  type JobPlan,
  type Msat,
} from '../../src/protocol/index.ts';
import { hex32 } from './events.ts';

export const unix = integer({ min: 0, max: 4_000_000_000 });
export const amountMsat = bigInt({ min: 0n, max: MAX_MSAT }).map(msat);
export const word = string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const hexIds = uniqueArray(integer({ min: 0, max: 255 }).map(hex32), { maxLength: 4 });
const relays = uniqueArray(constantFrom('wss://a.example', 'ws://127.0.0.1:7777', 'wss://b.example/path'));
const exchanges = uniqueArray(constantFrom(...EXCHANGE_MODES));
const inputs = array(
  record({
    data: string({ unit: 'grapheme' }),
    type: constantFrom('text', 'url', 'event', 'job'),
    relay: constantFrom(null, 'wss://a.example'),
    marker: constantFrom(null, 'audio/mp3', 'first'),
  }),
  { maxLength: 4 },
);
const chain = hexIds.map((ids) => new Map(ids.map((id) => [id, hex32(7)])));

const title = string({ unit: 'grapheme', minLength: 1, maxLength: 12 });

/** What an offer may promise besides its job. */
export const plan: Arbitrary<JobPlan> = record({
  title: constantFrom('A sketch', null),
  milestones: array(record({ amountMsat, title }), { maxLength: MAX_MILESTONES - 1 }),
  revisions: integer({ min: 0, max: MAX_REVISIONS }),
}).filter(({ milestones, revisions }) => milestones.length + revisions > 0);

/** Parameters of these names, with any values. */
function paramsNamed(name: Arbitrary<string>): Arbitrary<Map<string, string[]>> {
  return array(record({ name, values: array(string(), { maxLength: 3 }) }), { maxLength: 4 }).map(
    (list) => new Map(list.map(({ name: written, values }) => [written, values])),
  );
}

/** What a customer may ask for, with only the fields that have a value: optional fields are left out, never `undefined`. */
export function requestDrafts(of: {
  readonly kind: Arbitrary<number>;
  readonly paramName: Arbitrary<string>;
  readonly bidMsat: Arbitrary<Msat>;
}) {
  return record(
    {
      kind: of.kind,
      inputs,
      params: paramsNamed(of.paramName),
      outputs: array(constantFrom('text/plain', 'image/png;format=url'), { maxLength: 2 }),
      relays,
      createdAt: unix,
      bidMsat: of.bidMsat,
      targets: hexIds,
      exchanges,
      mints: constantFrom(['https://mint.example', 'https://other.example/Bitcoin']),
      expiresAt: unix,
      content: string(),
      chain,
      refundLud16: constantFrom('me@wallet.example'),
      welcomesRescue: constantFrom(true as const),
      followUp: record({
        requestId: constantFrom(hex32(8)),
        offerId: constantFrom(hex32(9)),
        step: constantFrom(...FOLLOW_UP_STEPS),
        number: integer({ min: 0, max: 999 }),
      }),
    },
    { requiredKeys: ['kind', 'inputs', 'params', 'outputs', 'relays', 'createdAt'] },
  );
}
