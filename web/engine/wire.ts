/** What pages and the engine's worker send each other on one channel that all tabs of this origin share. */
import type { EngineCalls, EngineTopics } from './contract.ts';
import type { Splice } from './rows.ts';

/** The name of the channel, and of the lock that the leading page holds. */
export const ENGINE_NAME = 'coinop-engine';

/** From a page, named by `from`, to whoever leads. */
export type ToEngine = { readonly from: string } & (
  | CallMessage
  | WatchMessage
  | { readonly type: 'unwatch'; readonly id: number }
  /** Still here, and whether a person sees it. */
  | { readonly type: 'here'; readonly visible: boolean }
  | { readonly type: 'gone' }
  /** What a page found out that only pages can ask. */
  | { readonly type: 'found'; readonly id: number; readonly found: PageAnswer }
);

/** One call; the same id again is the same call, asked of the next leader. */
export type CallMessage = {
  [Name in keyof EngineCalls]: {
    readonly type: 'call';
    readonly id: number;
    readonly name: Name;
    readonly input: EngineCalls[Name]['input'];
  };
}[keyof EngineCalls];

/** One topic that a page watches. */
export type WatchMessage = {
  [Topic in keyof EngineTopics]: {
    readonly type: 'watch';
    readonly id: number;
    readonly topic: Topic;
    readonly input: EngineTopics[Topic]['input'];
  };
}[keyof EngineTopics];

/** From the worker of the leader, named by `leader`. */
export type FromEngine = { readonly leader: string } &
  /** Just began to lead: every page says again what it waits for. */
  (
    | { readonly type: 'leads' }
    /** Still at work. */
    | { readonly type: 'beat' }
    | { readonly type: 'answer'; readonly to: string; readonly id: number; readonly output: unknown }
    /** What was thrown; `code` is `engine-broken` where it has none of its own. */
    | {
        readonly type: 'broken';
        readonly to: string;
        readonly id: number;
        readonly code: string;
        readonly message: string;
      }
    | { readonly type: 'state'; readonly to: string; readonly id: number; readonly state: unknown }
    /** A state that is a list: what became of the list that was told before, or of an empty one at first. */
    | {
        readonly type: 'rows';
        readonly to: string;
        readonly id: number;
        readonly first: boolean;
        readonly splice: Splice;
      }
    /** Something that only a page can ask. */
    | { readonly type: 'find-out'; readonly to: string; readonly id: number; readonly question: PageQuestion }
  );

/** A method of what extensions put into pages (`window.nostr` of NIP-07, `window.webln`). */
export interface PageQuestion {
  readonly tool: 'nostr' | 'webln';
  /** Names joined by dots: `signEvent`, `nip44.encrypt`; empty asks which of the methods there are. */
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What the extension said. */
export type PageAnswer =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'absent' };

/** How often a leader shows that it is at work, and after which silence it is taken for dead, in milliseconds. */
export const BEAT_MS = 2_000;
export const SILENCE_MS = 10_000;
