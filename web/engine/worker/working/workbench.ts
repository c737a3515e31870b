import type { FileDesk } from '../../../../src/provider/index.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import { secretKeySigner, type Signer } from '../../../../src/keys/index.ts';
import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import {
  failure,
  success,
  type Failure,
  type JobWords,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import { service, startProvider, withdrawServices, type Provider } from '../../../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../../../src/relays/index.ts';
import type { Skill } from '../../work-contract.ts';
import type { Hands } from './hands.ts';

/** What a workbench needs to be open. */
export interface WorkbenchParts {
  readonly secretKey: Uint8Array;
  readonly skills: readonly Skill[];
  readonly relayUrls: readonly string[];
  readonly ledger: Ledger;
  /** `null` takes only what is done for nothing. */
  readonly wallet: Wallet | null;
  readonly files: FileDesk | null;
  readonly hands: Hands;
  readonly isPresent: boolean;
  readonly onChange: (sale: Sale) => void;
  readonly onTrouble: (trouble: Failure) => void;
  readonly onWords: (words: JobWords) => void;
}

/** A person's provider at work, with relays of its own. */
export interface OpenWorkbench {
  readonly signer: Signer;
  readonly provider: Provider;
  readonly relays: RelayPool;
  close(): Promise<void>;
}

const DAY = 86_400;
/** People look at a request within days, customers at an offer within one. */
const WAITS_FOR_PERSON_SECONDS = 7 * DAY;
const OFFER_SECONDS = DAY;
/** What a person may say about a job on the sign; each offer says its own times. */
const USUAL_SECONDS = 3_600;
const WORST_SECONDS = 7 * DAY;
/** Jobs that one person has in hand at once. */
const IN_HAND = 20;
/** A laptop that is closed often fails no job. */
const ATTEMPTS = 1_000_000;

/**
 * Opens the workbench: announces the skills, hears requests for them, and goes on with every job that was taken. Fails
 * with a code of `startProvider`.
 */
export async function openWorkbench(parts: WorkbenchParts): Promise<Outcome<OpenWorkbench>> {
  const signer = secretKeySigner(parts.secretKey);
  const verifier = createInlineVerifier();
  const relays = createRelayPool({ verifier, signer });
  const closing = new AbortController();
  const closeRelays = async () => {
    closing.abort();
    await relays.close();
    await verifier.close();
  };
  const started = await startProvider({
    signer,
    ledger: parts.ledger,
    wallet: parts.wallet,
    relays,
    relayUrls: parts.relayUrls,
    services: parts.skills.map((skill) => serviceOf(skill, parts)),
    files: parts.files,
    isPresent: parts.isPresent,
    limits: {
      maxRequestAgeSeconds: WAITS_FOR_PERSON_SECONDS,
      offerSeconds: OFFER_SECONDS,
      attempts: ATTEMPTS,
    },
    onChange: parts.onChange,
    onTrouble: (trouble) => parts.onTrouble(trouble),
    onWords: parts.onWords,
    now: unixNow,
  });
  if (!started.ok) {
    await closeRelays();
    return failure(started.failure.code, started.failure.message, started.failure.data);
  }
  const sold = new Set(parts.skills.map(({ id }) => id));
  void withdrawServices(
    { signer, relays, relayUrls: parts.relayUrls, now: unixNow },
    (id) => sold.has(id),
    closing,
  ).catch(() => undefined); // tried again when the workbench is opened next
  return success({
    signer,
    provider: started.value,
    relays,
    async close() {
      await started.value.close({ graceMs: 0 });
      await closeRelays();
    },
  });
}

/** Jobs of hours or days are paid before they are begun, as held money lasts minutes only; a price of zero gives them away. */
function serviceOf(skill: Skill, { hands, wallet }: WorkbenchParts) {
  const { id, kind, name, about, fromMsat } = skill;
  return {
    ...service({
      id,
      kind,
      name,
      about,
      quotedByHand: true,
      exchanges: wallet === null ? ['free'] : ['prepay'],
      usualSeconds: USUAL_SECONDS,
      worstSeconds: WORST_SECONDS,
      concurrency: IN_HAND,
      handler: hands.handler,
    }),
    priceMsat: fromMsat,
  };
}
