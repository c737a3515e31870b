import { JobFailure } from '../provider/index.ts';

/** How long a summary should be. */
export interface SummaryLength {
  readonly count: number;
  readonly unit: 'words' | 'sentences' | 'paragraphs';
}

const DEFAULT_LENGTH: SummaryLength = { count: 120, unit: 'words' };

/**
 * Reads the `length` parameter of kind 5001, such as `100 words` or `3 paragraphs`; 120 words when there is
 * none. Throws `JobFailure` with `invalid-length`.
 */
export function summaryLength(values: readonly string[] | undefined): SummaryLength {
  if (values === undefined) return DEFAULT_LENGTH;
  // Some clients send the count and its unit as two values.
  const match = /^(\d{1,6})\s+(word|sentence|paragraph)s?$/i.exec(values.join(' ').trim());
  const unit = ({ word: 'words', sentence: 'sentences', paragraph: 'paragraphs' } as const)[
    match?.[2]?.toLowerCase() ?? ''
  ];
  const count = Number(match?.[1] ?? 0);
  if (!unit || count < 1)
    throw new JobFailure(
      'invalid-length',
      'The length must be a number of words, sentences or paragraphs, such as "100 words".',
    );
  return { count, unit };
}
