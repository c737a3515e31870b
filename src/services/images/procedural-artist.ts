import { JobFailure } from '../../provider/index.ts';
import { runContained } from '../contained-task.ts';
import type { Drawing } from './draw-picture.ts';
import type { Painter } from './painter.ts';

const TIMEOUT_MS = 45_000;
const MAX_MEMORY_BYTES = 768 * 2 ** 20;

/** Draws by rules: the words choose a scene, its light and its colours; the seed and the words choose the rest. */
export const proceduralArtist: Painter = {
  about:
    'Draws pictures by rules, without any AI model. Words choose the scene (mountains, sea, forest, space, city, ' +
    'abstract), its light (dawn, day, sunset, night) and its colours; a seed gives another picture. What else the ' +
    'prompt describes is not drawn.',
  models: ['procedural'],
  usualSeconds: 5,
  worstSeconds: 58,
  async paint({ prompt, seed, size, signal }) {
    const drawing: Drawing = { prompt, seed, ...size };
    const run = await runContained<Uint8Array>('images/picture-task', drawing, {
      signal,
      timeoutMs: TIMEOUT_MS,
      maxMemoryBytes: MAX_MEMORY_BYTES,
    });
    if (!run.ok)
      throw new JobFailure('picture-failed', `The picture was not finished. ${run.failure.message}`);
    return { bytes: run.value, mediaType: 'image/png', name: 'picture.png' };
  },
};
