import {
  checkNutzap,
  checkRequest,
  checkZapRequest,
  decryptContent,
  encryptionScheme,
  foldJob,
  kindContract,
  msat,
  normalizeRelayUrl,
  orThrow,
  parseAddress,
  parseAnnouncement,
  parseAnswer,
  parseEvent,
  parseHeartbeat,
  parseInvoice,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  parseJson,
  parseMsat,
  parseNutzap,
  parseNutzapInfo,
  parseTagList,
  parseTimestampProof,
  paymentAddress,
  verifyEvent,
  verifyZapReceipt,
  type NostrEvent,
} from '../../../src/protocol/index.ts';
import { writeTimestamp } from '../../fixtures/timestamp-writer.ts';
import { READERS } from '../event-readers.ts';
import { authored, hex32, PROVIDER } from '../events.ts';
import { job, START } from '../job-events.ts';
import {
  ANNOUNCEMENTS,
  customer,
  FEEDBACK,
  HEARTBEATS,
  INVOICE,
  JOB_EVENTS,
  NUTZAP_INFO,
  otherEvents,
  PREIMAGE,
  provider,
  REQUESTS,
  RESULTS,
  walletService,
  zap,
  type Specimen,
} from './corpus.ts';
import { ECASH_READERS } from './ecash-readers.ts';
import { EVIDENCE_TARGETS } from './evidence-targets.ts';
import { privateTargets } from './private-targets.ts';
import { anyJson, drawsFrom, mutated, mutateEvent, mutateText, word, type Draws } from './mutate.ts';

/** A reader under fire: draws an input, reads it and says whether it was accepted. */
export interface Target {
  readonly name: string;
  /** How often it comes up beside the others; what takes a millisecond each time comes up less. */
  readonly weight: number;
  readonly run: (draws: Draws) => boolean | Promise<boolean>;
}

const USUAL = 100;
const SLOW = 10;

type Reader = (event: NostrEvent, decrypted?: string) => { readonly ok: boolean };

const JOB_READERS: Readonly<Record<string, Reader>> = {
  parseJobRequest,
  parseJobFeedback,
  parseJobResult,
  parseAnswer,
  parseAnnouncement,
  parseHeartbeat,
};
const ALL_READERS: readonly Reader[] = [
  ...Object.values(JOB_READERS),
  ...Object.values(READERS),
  ...ECASH_READERS.map(({ read }) => read),
];

/** Every reader of events and the fold must bear every event, whomever it was made for. */
function showToAll(event: NostrEvent, decrypted: string | undefined): void {
  for (const read of ALL_READERS) read(event, decrypted);
  foldJob({ request: job, events: [event] });
  foldJob({ request: event, events: [] });
}

function mutatedSpecimen({ event, decrypted }: Specimen, draws: Draws): Specimen {
  const changed = mutated(event, mutateEvent, draws);
  const text = decrypted ?? (draws.fraction() < 0.05 ? word(draws) : undefined);
  return text === undefined
    ? { event: changed }
    : { event: changed, decrypted: mutated(text, mutateText, draws) };
}

function readerTarget(name: string, specimens: readonly Specimen[], read: Reader): Target {
  return {
    name,
    weight: USUAL,
    run(draws) {
      const { event, decrypted } = mutatedSpecimen(draws.of(specimens), draws);
      showToAll(event, decrypted);
      return read(event, decrypted).ok;
    },
  };
}

/** A wallet's events say nothing but what is encrypted: half of the time that stays whole. */
function walletTarget({ name, specimen, read }: (typeof ECASH_READERS)[number]): Target {
  return {
    name,
    weight: USUAL,
    run(draws) {
      const changed = mutatedSpecimen(specimen, draws);
      const decrypted = draws.fraction() < 0.6 ? specimen.decrypted : changed.decrypted;
      showToAll(changed.event, decrypted);
      return read(changed.event, decrypted).ok;
    },
  };
}

function textTarget(
  name: string,
  samples: readonly string[],
  accepts: (text: string) => boolean,
  weight = USUAL,
): Target {
  return {
    name,
    weight,
    run(draws) {
      const sample = draws.of(samples);
      return accepts(draws.fraction() < 0.4 ? sample : mutated(sample, mutateText, draws));
    },
  };
}

const FEED = [
  ['e', hex32(1)],
  ['a', '30023:x:y'],
];

const TEXT_TARGETS: readonly Target[] = [
  textTarget(
    'parseTagList',
    [
      JSON.stringify(FEED),
      JSON.stringify(FEED).slice(1, -1),
      '["i","x","text"]',
      '[]',
      '[["param","n",5,true]]',
    ],
    (text) => parseTagList(text) !== null,
  ),
  textTarget('parseInvoice', [INVOICE, INVOICE.toUpperCase()], (text) => parseInvoice(text).ok, SLOW),
  textTarget(
    'parseAddress',
    [`31990:${PROVIDER}:a:b`, `10002:${PROVIDER}:`],
    (text) => parseAddress(text) !== null,
  ),
  textTarget(
    'normalizeRelayUrl',
    ['wss://relay.example', 'ws://127.0.0.1:7777/x?y', 'WSS://Relay.Example/'],
    (text) => normalizeRelayUrl(text) !== null,
  ),
  textTarget(
    'parseJson',
    ['{"pr":"lnbc1"}', '[1,2]', '"text"', 'null'],
    (text) => parseJson(text) !== undefined,
  ),
  textTarget('parseMsat', ['0', '21000', '2100000000000000000'], (text) => parseMsat(text) !== null),
  textTarget('encryptionScheme', ['c2VjcmV0?iv=aXY=', 'AgPyJZ0Oa=='], (text) =>
    ['nip04', 'nip44'].includes(encryptionScheme(text)),
  ),
];

const eventTarget: Target = {
  name: 'parseEvent',
  weight: USUAL,
  run(draws) {
    const { event } = mutatedSpecimen(draws.of(REQUESTS), draws);
    if (draws.fraction() < 0.4) {
      const junk = anyJson(draws);
      const whole = draws.fraction() < 0.3 ? junk : { ...event, [draws.of(Object.keys(event))]: junk };
      return parseEvent(whole).ok;
    }
    return parseEvent({ ...event, extra: anyJson(draws) }).ok;
  },
};

const requestCheckTarget: Target = {
  name: 'checkRequest',
  weight: USUAL,
  run(draws) {
    const { event, decrypted } = mutatedSpecimen(draws.of(REQUESTS), draws);
    const request = parseJobRequest(event, decrypted);
    return request.ok && checkRequest(kindContract(request.value.kind), request.value).ok;
  },
};

const resultAddressTarget: Target = {
  name: 'paymentAddress',
  weight: USUAL,
  run(draws) {
    const { event } = mutatedSpecimen(draws.of(RESULTS), draws);
    const named = {
      ...event,
      tags: [['lud16', mutated('bot@wallet.example', mutateText, draws)], ...event.tags],
    };
    const result = parseJobResult(named);
    return result.ok && paymentAddress(result.value) !== null;
  },
};

const foldTarget: Target = {
  name: 'foldJob',
  weight: USUAL,
  run(draws) {
    const events = Array.from({ length: 1 + draws.below(12) }, () =>
      mutated(draws.of(JOB_EVENTS), mutateEvent, draws),
    );
    const picture = foldJob({
      request: draws.fraction() < 0.5 ? job : job.id,
      events,
      plaintexts: new Map(events.slice(0, 2).map(({ id }) => [id, word(draws)])),
      preimages: new Map([[INVOICE, PREIMAGE]]),
      ...(draws.fraction() < 0.5 ? { at: START + draws.below(100) } : {}),
    });
    return picture.providers.length > 0;
  },
};

const TIMESTAMP = writeTimestamp(hex32(1), [
  { steps: [{ op: 'append', hex: hex32(2) }, { op: 'sha256' }], attestation: { type: 'bitcoin', height: 1 } },
  { steps: [{ op: 'sha1' }], attestation: { type: 'pending', calendarUrl: 'https://calendar.example' } },
]);

/** Bytes that are changed, doubled or cut; lengths inside of them are bytes as well. */
const timestampTarget: Target = {
  name: 'parseTimestampProof',
  weight: USUAL,
  run(draws) {
    const bytes = [...TIMESTAMP];
    for (let left = draws.of([0, 0, 1, 1, 2, 8]); left > 0; left -= 1) {
      const at = draws.below(bytes.length);
      const piece = bytes.slice(at, at + draws.below(40));
      bytes.splice(at, draws.of([0, 1, 1, 1]), ...draws.of([[draws.below(256)], [], [0xff, 0xff], piece]));
    }
    return parseTimestampProof(Uint8Array.from(bytes)).ok;
  },
};

/** Targets whose samples are signed or encrypted, which takes a moment to make. */
async function sealedTargets(): Promise<readonly Target[]> {
  const { request, receipt } = await zap();
  const sealed = await Promise.all(
    (['nip04', 'nip44'] as const).map((scheme) =>
      customer[scheme].encrypt(provider.pubkey, '[["i","x","text"]]'),
    ),
  );
  const info = orThrow(parseNutzapInfo(authored(PROVIDER, NUTZAP_INFO)));
  const nutzaps = (await otherEvents()).filter(({ event }) => event.kind === 9321);
  const [verify, amountMsat] = [() => true, msat(21_000n)];
  return [
    {
      name: 'verifyEvent',
      weight: SLOW,
      run: (draws) =>
        verifyEvent(
          draws.fraction() < 0.5 ? request : mutated(draws.of([request, receipt]), mutateEvent, draws),
        ),
    },
    {
      name: 'decryptContent',
      weight: SLOW,
      async run(draws) {
        const intact = draws.fraction() < 0.5;
        const content = intact ? draws.of(sealed) : mutated(draws.of(sealed), mutateText, draws);
        const event = authored(customer.pubkey, { kind: 5050, created_at: 1, tags: [], content });
        return (await decryptContent(event, customer.pubkey, provider)).ok;
      },
    },
    {
      name: 'checkZapRequest',
      weight: USUAL,
      async run(draws) {
        const text = JSON.stringify(mutated(request, mutateEvent, draws));
        const server = {
          recipientPubkey: provider.pubkey,
          nostrPubkey: walletService.pubkey,
          amountMsat,
          verify,
        };
        const limits = { minMsat: msat(1n), maxMsat: msat(10n ** 9n) };
        const written = draws.fraction() < 0.9 ? text : mutateText(text, draws);
        return (await checkZapRequest(written, { ...server, ...limits })).ok;
      },
    },
    {
      name: 'verifyZapReceipt',
      weight: SLOW,
      async run(draws) {
        const event = mutated(receipt, mutateEvent, draws);
        const endpoint = { allowsNostr: true, nostrPubkey: walletService.pubkey };
        const expected = { recipientPubkey: provider.pubkey, endpoint, network: 'regtest' as const, verify };
        return (await verifyZapReceipt(event, expected)).ok;
      },
    },
    {
      name: 'checkNutzap',
      weight: USUAL,
      run(draws) {
        const { event } = mutatedSpecimen(draws.of(nutzaps), draws);
        const nutzap = parseNutzap(event);
        return nutzap.ok && checkNutzap(nutzap.value, { info, unit: 'sat', minTotal: 1n }).ok;
      },
    },
  ];
}

/** Every exported reader, check and fold. */
export async function allTargets(): Promise<readonly Target[]> {
  const others = await otherEvents();
  const { request, receipt } = await zap();
  const specimens = [...others, { event: request }, { event: receipt }];
  const ofKind = (kind: number) => specimens.filter(({ event }) => event.kind === kind);
  return [
    eventTarget,
    readerTarget('parseJobRequest', REQUESTS, parseJobRequest),
    readerTarget('parseJobFeedback', FEEDBACK, parseJobFeedback),
    readerTarget('parseJobResult', RESULTS, parseJobResult),
    readerTarget('parseAnswer', [...FEEDBACK, ...RESULTS], parseAnswer),
    readerTarget('parseAnnouncement', ANNOUNCEMENTS, parseAnnouncement),
    readerTarget('parseHeartbeat', HEARTBEATS, parseHeartbeat),
    ...ECASH_READERS.map(walletTarget),
    ...Object.entries(READERS).flatMap(([kind, read]) =>
      ofKind(Number(kind)).length > 0
        ? [readerTarget(`${read.name} (${kind})`, ofKind(Number(kind)), read)]
        : [],
    ),
    foldTarget,
    requestCheckTarget,
    ...EVIDENCE_TARGETS,
    resultAddressTarget,
    ...TEXT_TARGETS,
    timestampTarget,
    ...(await sealedTargets()),
    ...(await privateTargets()),
  ];
}

/** The draws of one event of a run: the same for the same seed and number, whatever came before. */
export function drawsOf(seed: number, index: number, random: (seed: number) => () => number): Draws {
  return drawsFrom(random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)));
}
