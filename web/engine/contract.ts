/** What the page and the engine say to each other. Everything here is plain data that structured clone can carry. */
import type {
  JobSteps,
  OfferComparison,
  ProviderError,
  ResultVerdict,
  Remedy,
} from '../../src/customer/index.ts';
import type { Listing, ProviderEntry, ServiceQuery } from '../../src/directory/index.ts';
import type { Purchase } from '../../src/ledger/index.ts';
import type { LightningNetwork } from '../../src/money/index.ts';
import type { EcashCalls, EcashTopics } from './ecash-contract.ts';
import type { WorkCalls, WorkTopics, WrittenWords } from './work-contract.ts';
import type {
  AnnouncementDraft,
  ExchangeMode,
  FollowUpStep,
  JobPicture,
  Msat,
  NostrEvent,
  Outcome,
} from '../../src/protocol/index.ts';

/**
 * The engine as a page sees it. It runs in a dedicated worker of the tab that leads; the calls of other tabs travel
 * there. A call that the leader did not answer because it went away is made again with the next leader: everything
 * that moves money names an idempotency key.
 */
export interface Engine {
  /**
   * Rejects only when the engine is broken, by an error whose `code` says whether the store is (`disk-full`) or anything
   * else (`engine-broken`); what can be expected to fail is in the outcome.
   */
  call<Name extends keyof EngineCalls>(
    name: Name,
    input: EngineCalls[Name]['input'],
  ): Promise<EngineCalls[Name]['output']>;
  /** Tells the state now and after every change, until the returned function is called. Changes may be told together. */
  watch<Topic extends keyof EngineTopics>(
    topic: Topic,
    input: EngineTopics[Topic]['input'],
    onState: (state: EngineTopics[Topic]['state']) => void,
  ): () => void;
}

/** What can be asked for once. */
export interface EngineCalls extends WorkCalls, EcashCalls {
  'session.sign-in': { input: SignIn; output: Outcome<Session> };
  'session.sign-out': { input: null; output: Outcome<void> };
  /** Tries a session that is stuck once more; `session` tells how it went. */
  'session.resume': { input: null; output: Outcome<void> };
  /** The own key as ncryptsec under this password: the backup that a new key is forced to have. */
  'session.export-key': { input: { readonly password: string }; output: Outcome<string> };
  'session.set-relays': { input: { readonly urls: readonly string[] }; output: Outcome<void> };

  /** What was posted to be taken unasked, and is not being paid, is withdrawn; what is being paid is paid by no other wallet. */
  'wallet.connect': { input: WalletChoice; output: Outcome<WalletState> };
  'wallet.disconnect': { input: null; output: Outcome<void> };
  /**
   * The most that may leave the wallet until it is set anew, fees included, and what is on its way then; `null` asks for
   * every payment, and withdraws what was posted to be taken unasked.
   */
  'wallet.set-budget': { input: { readonly budgetMsat: Msat | null }; output: Outcome<WalletState> };

  'directory.provider': { input: { readonly pubkey: string }; output: Outcome<ProviderEntry> };
  'directory.favourite': {
    input: { readonly address: string; readonly favourite: boolean };
    output: Outcome<void>;
  };
  /**
   * Announces a service that a server does under the key that is signed in, in place of the announcement of that id
   * whose event was shown: `null` where none was.
   */
  'directory.announce': {
    input: { readonly sign: ServiceSign; readonly beforeId: string | null };
    output: Outcome<void>;
  };
  /** Takes the announcement of a service down. */
  'directory.withdraw': { input: { readonly identifier: string }; output: Outcome<void> };

  /** Books and publishes a request, or one for each provider of an encrypted job. */
  'market.post': { input: JobWish; output: Outcome<{ readonly requestId: string }> };
  /** The offer may be for any request of the same wish; the others are withdrawn once it is paid. */
  'market.approve': {
    input: {
      readonly requestId: string;
      readonly offerId: string;
      readonly maxAmountMsat: Msat;
      readonly idempotencyKey: string;
    };
    output: Outcome<Purchase>;
  };
  /** Withdraws all requests of the same wish. */
  'market.cancel': {
    input: { readonly requestId: string; readonly reason: string };
    output: Outcome<Purchase>;
  };
  /**
   * The person says that it has not paid the invoice that is shown for its phone, and will not: the offers are open
   * again. Fails with `not-shown` where no invoice of the run is shown.
   */
  'market.not-paying': { input: { readonly requestId: string }; output: Outcome<void> };
  /** Buys the same wish once more from somebody else; what was paid for the first stays as it is. */
  'market.hedge': {
    input: { readonly requestId: string; readonly maxAmountMsat: Msat; readonly idempotencyKey: string };
    output: Outcome<{ readonly requestId: string }>;
  };
  /**
   * Asks the same provider for the next step of a job, at the price that was agreed: there is no further approval, and
   * a revision says what is to be different. The same step asked for again is the same run.
   */
  'market.continue': {
    input: {
      readonly requestId: string;
      readonly step: FollowUpStep;
      readonly number: number;
      readonly text: string;
    };
    output: Outcome<{ readonly requestId: string }>;
  };
  'market.report-undelivered': {
    input: { readonly requestId: string; readonly reason: string };
    output: Outcome<{ readonly possible: readonly Remedy[] }>;
  };
  /** Finds a delivered result again; the run shows it. */
  'market.resend': { input: { readonly requestId: string }; output: Outcome<void> };
  'market.review': {
    input: {
      readonly requestId: string;
      /** 0 to 1. */
      readonly rating: number;
      readonly content: string;
      readonly publicly: boolean;
    };
    output: Outcome<void>;
  };
  /** Writes in private to a provider about a run. */
  'market.write': {
    input: { readonly requestId: string; readonly providerPubkey: string; readonly text: string };
    output: Outcome<void>;
  };
  /** Publishes what a result proposes to do to the reader's own lists (follow, mute and their reverse), after consent. */
  'market.apply-action': {
    input: { readonly action: ListAction; readonly pubkeys: readonly string[] };
    output: Outcome<void>;
  };

  /**
   * Everything of this key in this browser, as JSON text: books, drafts, words, and under the password the key that it
   * works under and its ecash; no wallet. Fails with `password-needed` where there is such a key, or ecash.
   */
  'books.export': { input: { readonly password: string | null }; output: Outcome<string> };
  /**
   * Into an empty browser only, where work and purchases go on; the browser it comes from stops. What is not being paid
   * yet is asked about anew, and a payment that was on its way is made by no wallet here.
   */
  'books.import': {
    input: { readonly json: string; readonly password: string | null };
    output: Outcome<void>;
  };
  /** Buys in this browser again, and has the one stop that the books were taken to. */
  'books.take-over': { input: null; output: Outcome<void> };
}

/** What can be watched. */
export interface EngineTopics extends WorkTopics, EcashTopics {
  session: { input: null; state: SessionState };
  wallet: { input: null; state: WalletState };
  relays: { input: null; state: readonly RelayState[] };
  /** Somebody signed in, and their signer is asked for something: a page where they agree, if it names one. */
  signer: { input: null; state: { readonly approveAt: string | null } | null };
  /** What the host of this page offers. */
  host: { input: null; state: { readonly playMoney: boolean } };
  /** Who sells a kind, as it becomes known; the whole directory without a kind. */
  services: { input: ServiceQuery; state: { readonly listing: Listing | null; readonly looking: boolean } };
  /** Why nothing is bought in this browser: its purchases went on in another one; `null` while it is. */
  elsewhere: { input: null; state: { readonly code: string; readonly message: string } | null };
  runs: { input: { readonly limit: number }; state: readonly RunSummary[] };
  /** What was written in private about a run. Watching it has the signer decrypt what comes. */
  words: { input: { readonly requestId: string }; state: readonly WrittenWords[] };
  /** The steps of the job that a run is one of; `null` when its offer promised none. */
  steps: { input: { readonly requestId: string }; state: JobSteps | null };
  /** `null` when this key has no such purchase. */
  run: { input: { readonly requestId: string }; state: RunState | null };
}

/** What a server announces under its own key (NIP-89 kind 31990). */
export type ServiceSign = Omit<AnnouncementDraft, 'createdAt'>;

/** How somebody says who they are. */
export type SignIn =
  | { readonly by: 'extension' }
  | { readonly by: 'bunker'; readonly uri: string }
  /** A `nostrconnect://` offer that the page shows as a QR code; made by `session` while it waits. */
  | { readonly by: 'nostrconnect' }
  | { readonly by: 'ncryptsec'; readonly ncryptsec: string; readonly password: string }
  /** A key made in the page, which must be backed up before it is used. */
  | { readonly by: 'new-key'; readonly secretKey: Uint8Array }
  | { readonly by: 'read-only'; readonly pubkey: string };

/** Who is signed in. */
export interface Session {
  readonly pubkey: string;
  readonly by: SignIn['by'];
  /** The name of the profile (kind 0), as its author writes it; `null` until it is found. Untrusted. */
  readonly name: string | null;
  /** Whether this key can sign here; a read-only one looks, and buys nothing. */
  readonly canSign: boolean;
}

/** Where signing in stands. */
export type SessionState =
  | { readonly step: 'signed-out' }
  /** A signer is asked; `approveAt` is a page where its owner agrees, `connectUri` what its QR code says. */
  | {
      readonly step: 'waiting';
      readonly by: SignIn['by'];
      readonly connectUri: string | null;
      readonly approveAt: string | null;
    }
  | { readonly step: 'signed-in'; readonly session: Session }
  /** The stored session can't go on by itself: `locked` needs the password, `unreachable` its bunker or extension. */
  | { readonly step: 'stuck'; readonly why: 'locked' | 'unreachable' | 'denied'; readonly pubkey: string };

/** How to pay. */
export type WalletChoice =
  | { readonly by: 'nwc'; readonly uri: string }
  | { readonly by: 'webln' }
  /** Play money of the local market that serves this page. */
  | { readonly by: 'play-money' }
  /** Each invoice is shown as a QR code, and paid by a phone; the relay tells when the provider saw it. */
  | { readonly by: 'qr' };

/** The wallet as it is known now. */
export interface WalletState {
  readonly by: WalletChoice['by'] | null;
  readonly network: LightningNetwork | null;
  readonly isPlayMoney: boolean;
  /** `null` where the wallet doesn't say. */
  readonly balanceMsat: Msat | null;
  readonly budgetMsat: Msat | null;
  readonly spentMsat: Msat;
  readonly reachable: boolean;
}

/** One relay of the session. */
export interface RelayState {
  readonly url: string;
  readonly connected: boolean;
  /** The last complaint, for people; untrusted. */
  readonly trouble: string | null;
}

/** A job that somebody wants done. */
export interface JobWish {
  readonly kind: number;
  readonly inputs: readonly {
    readonly type: 'text' | 'url' | 'event' | 'job';
    readonly data: string;
    readonly marker?: string;
  }[];
  /** A file for an input: the engine stores it, encrypted when the job is, and adds its URL as an input. */
  readonly files: readonly { readonly blob: Blob; readonly marker?: string }[];
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly outputs: readonly string[];
  readonly maxAmountMsat: Msat;
  readonly deadlineSeconds: number;
  readonly targets: readonly string[];
  /** Readable only to those in `targets`, at most 5: several get one request each, and their offers compete. */
  readonly encrypted: boolean;
  /** None for all that can be paid here and last as long as the deadline. */
  readonly exchanges: readonly ExchangeMode[];
  /** `pick` takes the best offer by itself; `ask` waits for `market.approve`. */
  readonly choice: 'pick' | 'ask';
  readonly idempotencyKey: string;
}

/** One line of the list of runs. */
export interface RunSummary {
  readonly requestId: string;
  readonly kind: number;
  /** The beginning of the first input, for people. Untrusted. */
  readonly about: string;
  readonly state: Purchase['state'];
  readonly amountMsat: Msat | null;
  readonly providerPubkey: string | null;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly encrypted: boolean;
}

/** Everything about one run. */
export interface RunState {
  /** The first input, as its own customer reads it also of an encrypted request; empty where that is not known. */
  readonly about: string;
  /** Of several that are one wish the one that was taken, else one that is open. Its id may not be the one watched. */
  readonly purchase: Purchase;
  /** All requests of an encrypted wish that several providers were asked for; empty where there is but one. */
  readonly together: readonly {
    readonly requestId: string;
    readonly providerPubkey: string;
    readonly state: Purchase['state'];
    readonly failure: Purchase['failure'];
  }[];
  readonly comparison: RunComparison | null;
  /** What happened so far, oldest first; at most 256. */
  readonly happenings: readonly RunHappening[];
  readonly errors: readonly ProviderError[];
  /** The latest partial result of each provider. Untrusted. */
  readonly partials: readonly { readonly providerPubkey: string; readonly content: string }[];
  readonly result: RunResult | null;
  /** Why a result that was delivered cannot be shown; `null` where it is, and while it is being opened. */
  readonly resultTrouble: Purchase['failure'];
  /** How long such a job usually takes, from the offer taken or the best offer; seconds. */
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** An invoice to be paid by a phone; `null` when nothing is. */
  readonly invoiceToPay: { readonly bolt11: string; readonly amountMsat: Msat } | null;
  /** The job as the relays show it to anybody, with its raw events. */
  readonly picture: JobPicture | null;
  readonly events: readonly NostrEvent[];
}

/** The offers for a run; of a second purchase of the same, those of the first one's provider are among the refused. */
export interface RunComparison extends Omit<OfferComparison, 'refused'> {
  readonly refused: readonly {
    readonly offer: OfferComparison['refused'][number]['offer'];
    readonly code: OfferComparison['refused'][number]['code'] | 'same-provider';
  }[];
}

/** One step of a run. `at` is unix seconds by our clock. */
export interface RunHappening {
  readonly at: number;
  readonly what:
    | { readonly type: 'sent'; readonly relays: readonly string[] }
    | { readonly type: 'offer'; readonly providerPubkey: string; readonly amountMsat: Msat | null }
    | { readonly type: 'state'; readonly state: Purchase['state'] }
    | { readonly type: 'progress'; readonly providerPubkey: string; readonly note: string }
    | { readonly type: 'partial'; readonly providerPubkey: string }
    | {
        readonly type: 'error';
        readonly providerPubkey: string;
        readonly code: string;
        readonly detail: string;
      }
    | { readonly type: 'result'; readonly providerPubkey: string };
}

/** What was delivered. Untrusted, all of it. */
export interface RunResult {
  readonly content: string;
  /** MIME type, as declared or guessed from the content. */
  readonly mediaType: string;
  /** The file, where the result is one; fetched, checked and decrypted. */
  readonly file: { readonly blob: Blob; readonly name: string | null } | null;
  readonly verdict: ResultVerdict | null;
  readonly event: NostrEvent;
  /** What it proposes to do to the reader's lists. */
  readonly actions: readonly { readonly action: ListAction; readonly pubkeys: readonly string[] }[];
  readonly reviewed: boolean;
}

/** What a result may propose to do to the reader's own lists. */
export type ListAction = 'follow' | 'unfollow' | 'mute' | 'unmute';
