import type { Outcome } from '../../protocol/index.ts';

/** Something that was said, and when: seconds from the beginning of the recording. */
export interface SpokenPart {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly text: string;
}

/** A recording as text. */
export interface Transcript {
  /** Sentences or so, in their order. */
  readonly segments: readonly SpokenPart[];
  /** Each word; empty where the transcriber does not tell. */
  readonly words: readonly SpokenPart[];
}

/** What to listen to, and how. */
export interface TranscriptionWish {
  /** A WAV file: 16 kHz, mono, 16 bit. */
  readonly sound: Uint8Array;
  /** Two letters (ISO 639-1); `null` where the customer says none. */
  readonly language: string | null;
  /** Times of words are wanted too. */
  readonly wantsWords: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Why there is no transcript. `transcriber-unavailable`: it did not answer, or not in time. `unsupported-language`: it
 * does not know the language.
 */
export type TranscriptionFailureCode = 'transcriber-unavailable' | 'unsupported-language';

/** What listens. */
export interface Transcriber {
  /** For people, such as `pocketsphinx` or the name of the model. */
  readonly name: string;
  /** The languages it knows, as two letters; `null` where it does not say. */
  readonly languages: readonly string[] | null;
  transcribe(wish: TranscriptionWish): Promise<Outcome<Transcript, TranscriptionFailureCode>>;
}
