import type { SpokenPart, Transcript } from './transcriber.ts';

/** How a transcript is written. */
export type TranscriptFormat = 'text' | 'markdown' | 'vtt';
/** What gets a time of its own. */
export type Alignment = 'raw' | 'segment' | 'word';

/** A pause of so many seconds begins a new paragraph. */
const PARAGRAPH_PAUSE_SECONDS = 2;

/** The transcript as the customer wants it. */
export function writeTranscript(
  transcript: Transcript,
  wish: { readonly format: TranscriptFormat; readonly alignment: Alignment },
): string {
  const { format, alignment } = wish;
  const hasWords = alignment === 'word' && transcript.words.length > 0;
  const parts = hasWords ? transcript.words : transcript.segments;
  if (format === 'vtt') return writeVtt(parts);
  if (alignment === 'raw') return paragraphs(parts);
  return parts.map(({ startSeconds, text }) => `[${clock(startSeconds)}] ${text.trim()}`).join('\n');
}

function paragraphs(parts: readonly SpokenPart[]): string {
  let text = '';
  let endedAt = 0;
  for (const part of parts) {
    const isNew = part.startSeconds - endedAt >= PARAGRAPH_PAUSE_SECONDS;
    text += `${text === '' ? '' : isNew ? '\n\n' : ' '}${part.text.trim()}`;
    endedAt = part.endSeconds;
  }
  return text;
}

/** WebVTT. A cue ends with its empty line, and `-->` may stand in none. */
function writeVtt(parts: readonly SpokenPart[]): string {
  const cues = parts.map(({ startSeconds, endSeconds, text }) => {
    const words = text
      .trim()
      .replace(/\s+/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;');
    return `${clock(startSeconds)} --> ${clock(Math.max(endSeconds, startSeconds + 0.001))}\n${words}`;
  });
  return ['WEBVTT', ...cues].join('\n\n');
}

/** Such as `01:02:03.450`. */
function clock(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
