import * as z from 'zod';
import { failure, success } from '../protocol/index.ts';
import { anyToolMissing, type LocalTool } from './local-tool.ts';
import { FFMPEG } from './media/ffmpeg.ts';
import { modelEndpoint, ModelSettings } from './model-settings.ts';
import { openPictureReader, TESSERACT } from './ocr/tesseract.ts';
import { shelfService } from './shelf-service.ts';
import { POCKETSPHINX, pocketsphinx } from './speech-to-text/pocketsphinx.ts';
import { transcriptionEndpoint } from './speech-to-text/transcription-endpoint.ts';
import { textExtractionService } from './text-extraction.ts';

const Settings = z.strictObject({
  /** What is read besides documents, by tools of this machine or by `transcription`. */
  reads: z.array(z.enum(['speech', 'pictures'])).default([]),
  /** An OpenAI-compatible endpoint that listens instead of pocketsphinx; it implies `speech`. */
  transcription: ModelSettings.optional(),
  /** Longer recordings are refused. */
  max_sound_seconds: z.number().int().positive().max(14_400).default(900),
});

/** Documents need nothing; recordings and pictures are read where `reads` says so. */
export const shelfTextExtraction = shelfService({
  name: 'text-extraction',
  kind: 5000,
  about:
    'The text of PDF, DOCX, HTML and Markdown documents; with reads = ["speech", "pictures"] also of recordings ' +
    '(ffmpeg, and pocketsphinx or a transcription endpoint) and pictures (tesseract).',
  settings: Settings,
  missing: (settings) => anyToolMissing(neededTools(settings)),
  async open({ reads, transcription, max_sound_seconds: maxSoundSeconds }, { signal }) {
    const transcriber = transcription ? transcriptionEndpoint(modelEndpoint(transcription)) : pocketsphinx;
    const pictures = reads.includes('pictures') ? await openPictureReader(signal) : null;
    if (pictures?.languages.length === 0)
      return failure('tool-unusable', 'tesseract has no language; on Debian: apt install tesseract-ocr-eng');
    return success(
      textExtractionService({
        ...(listens({ reads, transcription }) ? { transcriber, maxSoundSeconds } : {}),
        ...(pictures ? { pictures } : {}),
      }),
    );
  },
});

function neededTools({ reads, transcription }: z.output<typeof Settings>): readonly LocalTool[] {
  return [
    ...(listens({ reads, transcription }) ? [FFMPEG, ...(transcription ? [] : [POCKETSPHINX])] : []),
    ...(reads.includes('pictures') ? [TESSERACT] : []),
  ];
}

function listens({
  reads,
  transcription,
}: Pick<z.output<typeof Settings>, 'reads' | 'transcription'>): boolean {
  return transcription !== undefined || reads.includes('speech');
}
