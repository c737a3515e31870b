/** What page and engine say to each other about a person's own work. Plain data, like everything between them. */
import type { CustomerRecord, Sale } from '../../src/ledger/index.ts';
import type { ExchangeMode, FollowUp, JobPicture, JobPlan, Msat, Outcome } from '../../src/protocol/index.ts';

/** So long an offer of a person stands at most, in seconds: customers look at one within a day. */
export const OFFER_SECONDS = 86_400;

/** What can be asked for once, about selling one's own work. */
export interface WorkCalls {
  /** Announces these skills from the worker key, which is made on first use; what is left out is withdrawn. */
  'work.set-skills': {
    input: {
      readonly name: string;
      readonly skills: readonly Skill[];
      /** Whether the announcements name the person, whose own key is asked to sign that it runs the worker key. */
      readonly linked: boolean;
    };
    output: Outcome<void>;
  };
  /** Opens the workbench now where it could not be; fails with why it still is not. */
  'work.retry': { input: null; output: Outcome<void> };
  /** Works in this browser again, after the books were taken to another one. */
  'work.take-over': { input: null; output: Outcome<void> };
  /** Shows the person as present until then (unix seconds); `null` says that it is away. */
  'work.set-hours': { input: { readonly until: number | null }; output: Outcome<void> };
  'work.quote': {
    input: {
      readonly requestId: string;
      readonly amountMsat: Msat;
      readonly usualSeconds: number;
      readonly worstSeconds: number;
      readonly note: string;
      /** What may follow the job; `null` for nothing. */
      readonly plan: JobPlan | null;
    };
    output: Outcome<void>;
  };
  /** Turns a request down; with `null` nobody is told. */
  'work.decline': {
    input: {
      readonly requestId: string;
      readonly reason: { readonly code: string; readonly message: string } | null;
    };
    output: Outcome<void>;
  };
  /**
   * Keeps what was written so far; nobody sees it. `over` is the version that it was made of, and the answer the new one.
   * Fails with `draft-changed` where something else stands by now.
   */
  'work.save-draft': { input: WrittenDraft; output: Outcome<number> };
  /** Fetches a file that the job comes with, checks that it is the one, and decrypts it. */
  'work.open-file': {
    input: { readonly requestId: string; readonly url: string };
    output: Outcome<Blob>;
  };
  /** Shows the customer a part of the result; as long as its money can go back, only a beginning. */
  'work.send-partial': {
    input: { readonly requestId: string; readonly content: string };
    output: Outcome<PartShown>;
  };
  /** Hands the draft over to be delivered; fails with `draft-changed` as `work.save-draft` does. */
  'work.deliver': { input: WrittenDraft; output: Outcome<void> };
  /** Ends a job that was taken; what was paid goes back. */
  'work.give-up': { input: { readonly requestId: string; readonly reason: string }; output: Outcome<void> };
  /**
   * Gives money back for what was delivered and paid, up to its price; `null` gives all of it. Fails as `refundSale`
   * does.
   */
  'work.refund': {
    input: { readonly requestId: string; readonly amountMsat: Msat | null };
    output: Outcome<void>;
  };
  /** Writes to the customer in private. */
  'work.write': { input: { readonly requestId: string; readonly text: string }; output: Outcome<void> };
}

/** What can be watched. */
export interface WorkTopics {
  workbench: { input: null; state: WorkbenchState };
  /** `null` when nothing was asked here by that request. */
  job: { input: { readonly requestId: string }; state: JobState | null };
  /** Everything that was ever sold, newest first. */
  earnings: { input: { readonly limit: number }; state: readonly EarningsRow[] };
}

/** Something that a person does for others. */
export interface Skill {
  /** Stable; the `d` tag of its announcement. */
  readonly id: string;
  readonly kind: number;
  readonly name: string;
  readonly about: string;
  /** Requests that bid less are not shown. */
  readonly fromMsat: Msat;
}

/** The workbench at a glance. */
export interface WorkbenchState {
  /** Whose it is; `null` for nobody's. */
  readonly ownerPubkey: string | null;
  /** `null` as long as no skill was announced. */
  readonly workerPubkey: string | null;
  readonly name: string;
  readonly skills: readonly Skill[];
  /** Whether the announcements name the person, and the person's own key has signed so. */
  readonly linked: boolean;
  /** Unix seconds; `null` while away. */
  readonly presentUntil: number | null;
  /**
   * Why the workbench is not open, for people: nothing is heard, offered or delivered, and the lists are what the books
   * knew last. It is opened again by itself, but for `worked-elsewhere`. `null` while it is open.
   */
  readonly trouble: { readonly code: string; readonly message: string } | null;
  /** What went wrong last with no single job, since the workbench was opened; `null` for nothing. */
  readonly mishap: JobTrouble | null;
  /**
   * Requests to answer, jobs that wait for money, work to do, and what has ended, newest first; of what has ended, before
   * the rest, that for which something is owed or complained of. At most 200 each.
   */
  readonly inbox: readonly JobRow[];
  readonly offered: readonly JobRow[];
  readonly active: readonly JobRow[];
  readonly done: readonly JobRow[];
  readonly earnedTodayMsat: Msat;
  /** What is owed to customers and has not gone back yet; zero for nothing. */
  readonly owedMsat: Msat;
}

/** One job in a list. */
export interface JobRow {
  readonly requestId: string;
  readonly kind: number;
  /** The beginning of what is asked, for people. Untrusted. */
  readonly about: string;
  readonly customerPubkey: string;
  readonly work: Sale['work'];
  readonly money: Sale['money'];
  /** What was asked for it, else what is bid; `null` when neither is known. */
  readonly amountMsat: Msat | null;
  /** Until when it is to be delivered, or the offer stands, unix seconds. */
  readonly dueAt: number | null;
  readonly askedAt: number;
  readonly encrypted: boolean;
  /** Which step of an earlier job it is; `null` for a job of its own. */
  readonly followUp: Pick<FollowUp, 'step' | 'number'> | null;
  /** Messages that came since the job was last looked at. */
  readonly unread: number;
  /** Whether its customer complains of it, or something else went wrong with it since it moved last. */
  readonly troubled: 'complaint' | 'trouble' | null;
}

/** Everything about one job. */
export interface JobState {
  readonly row: JobRow;
  readonly sale: Sale;
  /** Inputs and parameters, decrypted; `null` when the key can't read them. Untrusted. */
  readonly asked: AskedJob | null;
  /** What the own books know of the customer. */
  readonly record: CustomerRecord;
  readonly draft: Draft | null;
  /** Counts its changes; 0 before the first. */
  readonly draftVersion: number;
  /** Whether the draft was handed over to be delivered, and its result is not signed yet. */
  readonly submitted: boolean;
  /** What went wrong, and what its customer complains of, since it moved last; newest first, at most 5. */
  readonly troubles: readonly JobTrouble[];
  /** What is owed to the customer and has not gone back yet; `null` for nothing. */
  readonly owedMsat: Msat | null;
  readonly words: readonly WrittenWords[];
  /** What the customer got; `null` until there is a result. */
  readonly delivered: Delivered | null;
  /** What was offered beyond the job; `null` where nothing was, or it is not known here any more. */
  readonly plan: JobPlan | null;
  /** The job that it continues, and as which step of the plan; `null` for a job of its own. */
  readonly continues: FollowUp | null;
  /** What everybody can see of it, such as the customer's review. */
  readonly picture: JobPicture | null;
}

/** Something about one job that a person should know of. */
export interface JobTrouble {
  /** `complaint`, or the code of a failure. */
  readonly code: string;
  readonly message: string;
  /** What the customer wrote with a `complaint`; `null` with anything else. Untrusted. */
  readonly words: string | null;
  /** Unix seconds. */
  readonly at: number;
}

/** How much of a part the customer reads now. */
export interface PartShown {
  /** How many characters of it, from its beginning; zero for nothing. */
  readonly shownChars: number;
  /** How many more the customer may read at most before its money can't go back; `null` without a bound. */
  readonly leftChars: number | null;
}

/** What a customer asks for. Untrusted. */
export interface AskedJob {
  readonly inputs: readonly {
    readonly type: string;
    readonly data: string;
    readonly marker: string | null;
    /** What the request says of the file behind a `url`; `null` where it says nothing. Untrusted. */
    readonly file: AskedFile | null;
  }[];
  readonly params: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly outputs: readonly string[];
  readonly bidMsat: Msat | null;
  readonly expiresAt: number | null;
  /** How it can be paid, and at which mints; empty when the customer does not say. */
  readonly exchanges: readonly ExchangeMode[];
  readonly mints: readonly string[];
}

/** A file that a job comes with. */
export interface AskedFile {
  readonly mediaType: string | null;
  readonly sizeBytes: number | null;
  /** It is opened with a key that is in the request. */
  readonly encrypted: boolean;
}

/** A result in the making. */
export interface Draft {
  readonly content: string;
  readonly mediaType: string;
  readonly file: { readonly blob: Blob; readonly name: string } | null;
}

/** A draft as a page has it, and the version that it was made of. */
export interface WrittenDraft {
  readonly requestId: string;
  readonly draft: Draft;
  readonly over: number;
}

/** What is kept of a result in the making. */
export interface KeptDraftState {
  readonly draft: Draft | null;
  /** It was handed over to be delivered. */
  readonly submitted: boolean;
  /** Counts the changes; 0 where nothing is kept. */
  readonly version: number;
}

/** A result as its customer reads it. */
export interface Delivered {
  /** What is said beside the file, where it is one. */
  readonly content: string;
  readonly mediaType: string;
  readonly file: {
    readonly name: string | null;
    readonly mediaType: string | null;
    readonly sizeBytes: number | null;
  } | null;
}

/** What one side wrote to the other. Untrusted. */
export interface WrittenWords {
  readonly id: string;
  readonly mine: boolean;
  /** Whose key wrote it. */
  readonly by: string;
  readonly type: 'question' | 'revision' | 'note';
  readonly text: string;
  readonly at: number;
}

/** One line of the books, for people and for CSV. */
export interface EarningsRow {
  readonly requestId: string;
  readonly skillId: string;
  readonly kind: number;
  readonly customerPubkey: string;
  readonly askedAt: number;
  readonly endedAt: number;
  readonly work: Sale['work'];
  readonly money: Sale['money'];
  readonly exchange: Sale['exchange'];
  /** What was earned; zero when it was given back or never paid. */
  readonly amountMsat: Msat;
}
