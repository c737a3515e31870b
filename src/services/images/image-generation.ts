import * as z from 'zod';
import { announcedParams, failure, kindContract, success, type KindContract } from '../../protocol/index.ts';
import { service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { endpointMissing } from '../endpoint.ts';
import { jobParams } from '../job-params.ts';
import { modelEndpoint, ModelSettings } from '../model-settings.ts';
import { promptOf } from '../prompt.ts';
import { shelfService } from '../shelf-service.ts';
import { openComfyUi } from './comfy-ui.ts';
import { imageEndpoint } from './image-endpoint.ts';
import type { Painter } from './painter.ts';
import { wantedSize } from './picture-size.ts';
import { proceduralArtist } from './procedural-artist.ts';

const KIND = 5100;
/** Of the kind's parameters those that painters here understand. */
const UNDERSTOOD = new Set(['ratio', 'size', 'seed', 'negative_prompt']);
const MISSING = endpointMissing('endpoint or comfyui', 'a server that paints; procedural-art needs none');

/**
 * Sells pictures (kind 5100) by what paints them. Fails with `no-text`, `text-too-long`, `unsupported-size`,
 * `service-unavailable` or `picture-failed`.
 */
export function imageService(
  painter: Painter,
  terms: { readonly id: string; readonly name: string },
): Service {
  const { about, usualSeconds, worstSeconds } = painter;
  const contract = contractFor(painter);
  return service({
    ...terms,
    priceSats: 20,
    kind: KIND,
    about,
    usualSeconds,
    worstSeconds,
    concurrency: 1,
    contract,
    params: announcedParams(contract),
    handler: (job) => paintFor(job, painter),
  });
}

/** Needs an endpoint that paints, or ComfyUI. */
export const shelfImageGeneration = shelfService({
  name: 'image-generation',
  kind: KIND,
  about: 'Pictures by an image model of yours: an OpenAI-compatible endpoint, or ComfyUI.',
  settings: z.strictObject({
    endpoint: ModelSettings.optional(),
    comfyui: z
      .strictObject({
        /** Such as `http://127.0.0.1:8188`. */
        url: z.url({ protocol: /^https?$/ }),
        workflow_file: z.string().min(1),
        timeout_seconds: z.number().int().positive().max(3600).default(180),
      })
      .optional(),
  }),
  missing: async ({ endpoint, comfyui }) => (endpoint || comfyui ? null : MISSING),
  async open({ endpoint, comfyui }) {
    const terms = { id: 'image-generation', name: 'Image generation' };
    if (endpoint) return success(imageService(imageEndpoint(modelEndpoint(endpoint)), terms));
    if (!comfyui) return failure(MISSING.code, MISSING.message, MISSING.data);
    const painter = await openComfyUi({
      endpoint: { baseUrl: comfyui.url },
      workflowFile: comfyui.workflow_file,
      timeoutSeconds: comfyui.timeout_seconds,
    });
    return painter.ok ? success(imageService(painter.value, terms)) : painter;
  },
});

/** Needs nothing. */
export const shelfProceduralArt = shelfService({
  name: 'procedural-art',
  kind: KIND,
  about:
    'Pictures drawn by rules, without a model: the words choose among landscapes, skies, seas, cities and patterns.',
  settings: z.strictObject({}),
  open: async () =>
    success(imageService(proceduralArtist, { id: 'procedural-art', name: 'Procedural art (no AI model)' })),
});

async function paintFor(job: JobContext, painter: Painter): Promise<JobOutput> {
  const params = jobParams(job);
  const file = await painter.paint({
    prompt: promptOf(job),
    negativePrompt: params.get('negative_prompt')?.[0] ?? '',
    seed: params.get('seed')?.[0] ?? '',
    size: wantedSize(params),
    signal: job.signal,
  });
  return { file };
}

/** The kind's contract with what is understood; a request that names another model is for somebody else. */
function contractFor({ models }: Painter): KindContract {
  const contract = kindContract(KIND);
  return {
    ...contract,
    // Pictures to change are not taken here.
    inputs: contract.inputs.filter(({ types }) => types?.includes('text')),
    params: contract.params.flatMap((param) => {
      if (param.name === 'model') return [{ ...param, values: models }];
      return UNDERSTOOD.has(param.name) ? [param] : [];
    }),
  };
}
