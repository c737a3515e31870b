import type { EcashDesk, FileDesk } from '../../../../src/provider/index.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import { secretKeySigner, type Signer } from '../../../../src/keys/index.ts';
import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import {
  failure,
  success,
  ZERO_MSAT,
  type ExchangeMode,
  type Failure,
  type JobWords,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import { service, startProvider, withdrawServices, type Provider } from '../../../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../../../src/relays/index.ts';
import { OFFER_SECONDS, type Skill } from '../../work-contract.ts';
import type { BrowserClaim } from '../moving/browser-claim.ts';
import { freeWork } from './free-work.ts';
import type { Hands } from './hands.ts';

/** What a workbench needs to be open. */
export interface WorkbenchParts {
  readonly secretKey: Uint8Array;
  readonly skills: readonly Skill[];
  /** Announced no more; what was taken under them goes on. */
  readonly retired: readonly Skill[];
  /** Who sells, as customers read it; empty for nobody. */
  readonly sellerName: string;
  /** The person's own key, where the announcements name it. */
  readonly operatorPubkey: string | null;
  readonly claim: BrowserClaim;
  /** Another browser works under this key from now on. */
  readonly onLost: () => void;
  readonly relayUrls: readonly string[];
  readonly ledger: Ledger;
  /** `null` takes only what is done for nothing. */
  readonly wallet: Wallet | null;
  /** Opens the ecash in which the worker is paid; `null` where there is none. */
  readonly ecash: (worker: {
    readonly signer: Signer;
    readonly relays: RelayPool;
    readonly relayUrls: readonly string[];
  }) => EcashDesk | null;
  readonly files: FileDesk | null;
  readonly hands: Hands;
  readonly isPresent: boolean;
  readonly onChange: (sale: Sale) => void;
  readonly onTrouble: (trouble: Failure, sale: Sale | null) => void;
  readonly onWords: (words: JobWords) => void;
}

/** A person's provider at work, with relays of its own. */
export interface OpenWorkbench {
  readonly signer: Signer;
  readonly provider: Provider;
  readonly relays: RelayPool;
  /** Resolves when what is not sold any more was withdrawn, as far as relays answer. */
  readonly withdrawn: Promise<void>;
  close(): Promise<void>;
}

const DAY = 86_400;
/** People look at a request within days. */
const WAITS_FOR_PERSON_SECONDS = 7 * DAY;
/** What a person may say about a job on the sign; each offer says its own times. */
const USUAL_SECONDS = 3_600;
const WORST_SECONDS = 7 * DAY;
/** Jobs that one person has in hand at once. */
const IN_HAND = 20;
/** A laptop that is closed often fails no job. */
const ATTEMPTS = 1_000_000;

/**
 * Opens the workbench: announces the skills, hears requests for them, and goes on with every job that was taken. Fails
 * with `worked-elsewhere`, or a code of `startProvider`.
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
  const held = await parts.claim.hold({
    signer,
    relays,
    relayUrls: parts.relayUrls,
    signal: closing.signal,
    onLost: parts.onLost,
  });
  if (!held.ok) {
    await closeRelays();
    return held;
  }
  const ecash = parts.ecash({ signer, relays, relayUrls: parts.relayUrls });
  const terms = { ...parts, modes: modesOf(parts.wallet, ecash) };
  await freeWork(parts.ledger, signer.pubkey);
  const started = await startProvider({
    signer,
    ledger: parts.ledger,
    wallet: parts.wallet,
    ecash,
    relays,
    relayUrls: parts.relayUrls,
    services: [
      ...parts.skills.map((skill) => serviceOf(skill, terms)),
      ...parts.retired.map((skill) => ({ ...serviceOf(skill, terms), retired: true as const })),
    ],
    ...(parts.sellerName === '' ? {} : { sellerName: parts.sellerName }),
    ...(parts.operatorPubkey === null ? {} : { operatorPubkey: parts.operatorPubkey }),
    files: parts.files,
    isPresent: parts.isPresent,
    limits: {
      maxRequestAgeSeconds: WAITS_FOR_PERSON_SECONDS,
      offerSeconds: OFFER_SECONDS,
      attempts: ATTEMPTS,
    },
    onChange: parts.onChange,
    onTrouble: parts.onTrouble,
    onWords: parts.onWords,
    now: unixNow,
  });
  if (!started.ok) {
    await closeRelays();
    return failure(started.failure.code, started.failure.message, started.failure.data);
  }
  const sold = new Set(parts.skills.map(({ id }) => id));
  const withdrawing = withdrawServices(
    { signer, relays, relayUrls: parts.relayUrls, now: unixNow },
    (id) => sold.has(id),
    closing,
  );
  return success({
    signer,
    provider: started.value,
    relays,
    withdrawn: withdrawing.then(
      () => undefined,
      () => undefined, // tried again when the workbench is opened next
    ),
    async close() {
      await started.value.close({ graceMs: 0 });
      await closeRelays();
    },
  });
}

/**
 * Jobs of hours or days are paid before they are begun, as held Lightning lasts minutes only, and best by locked ecash,
 * which goes back by itself; a price of zero gives them away.
 */
function modesOf(wallet: Wallet | null, ecash: EcashDesk | null): readonly ExchangeMode[] {
  if (wallet === null && ecash === null) return ['free'];
  return [
    ...(ecash === null ? [] : (['ecash-htlc'] as const)),
    ...(wallet === null ? [] : (['prepay'] as const)),
  ];
}

function serviceOf(
  skill: Skill,
  { hands, modes }: Pick<WorkbenchParts, 'hands'> & { readonly modes: readonly ExchangeMode[] },
) {
  const { id, kind, name, about, fromMsat } = skill;
  return {
    ...service({
      id,
      kind,
      name,
      about,
      quotedByHand: true,
      opensFilesByHand: true,
      exchanges: modes,
      usualSeconds: USUAL_SECONDS,
      worstSeconds: WORST_SECONDS,
      concurrency: IN_HAND,
      handler: hands.handler,
    }),
    // Without a wallet jobs that were paid before are done all the same, after a move above all.
    priceMsat: modes.every((mode) => mode === 'free') ? ZERO_MSAT : fromMsat,
  };
}
