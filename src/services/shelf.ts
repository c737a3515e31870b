import {
  shelfContentDiscovery,
  shelfContentSearch,
  shelfPeopleDiscovery,
  shelfPeopleSearch,
} from './content-discovery/services.ts';
import { shelfEventCount } from './event-count/event-count.ts';
import { shelfImageGeneration, shelfProceduralArt } from './images/image-generation.ts';
import { shelfMusic } from './music/music.ts';
import { shelfProofOfWork } from './proof-of-work/proof-of-work.ts';
import { shelfScheduledPublishing } from './scheduled-publishing/scheduled-publishing.ts';
import { shelfTextExtraction } from './shelf-text-extraction.ts';
import type { ShelfService } from './shelf-service.ts';
import { shelfSummarization } from './summarization.ts';
import { shelfTextGeneration } from './text-generation/text-generation.ts';
import { shelfTextToSpeech } from './text-to-speech/text-to-speech.ts';
import { shelfTimestamps } from './timestamps/timestamps.ts';
import { shelfTranslation } from './translation/shelf-translation.ts';
import { shelfImageToVideo } from './video/image-to-video.ts';
import { shelfVideoConversion } from './video/video-conversion.ts';

/** The services that come with coinop, in the order in which they are listed. */
export const SHELF: readonly ShelfService[] = [
  shelfContentDiscovery,
  shelfPeopleDiscovery,
  shelfContentSearch,
  shelfPeopleSearch,
  shelfTextExtraction,
  shelfSummarization,
  shelfTextGeneration,
  shelfTranslation,
  shelfEventCount,
  shelfProofOfWork,
  shelfScheduledPublishing,
  shelfTextToSpeech,
  shelfMusic,
  shelfImageGeneration,
  shelfProceduralArt,
  shelfImageToVideo,
  shelfVideoConversion,
  shelfTimestamps,
];
