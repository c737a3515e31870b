import * as z from 'zod';
import { createGuardedFetch } from '../../http/node.ts';
import { JobFailure, type ResultFile } from '../../provider/index.ts';
import { answeredJson, callEndpoint } from '../endpoint.ts';
import type { ModelEndpoint } from '../model-endpoint.ts';
import { hostAndPort } from '../../http/index.ts';
import type { Painter } from './painter.ts';
import { pictureType } from '../media/picture-type.ts';

const MAX_PICTURE_BYTES = 32 * 2 ** 20;
const USUAL_TIMEOUT_MS = 180_000;

const Generated = z.object({
  data: z.array(z.object({ b64_json: z.string().optional(), url: z.string().optional() })).min(1),
});

/** Paints by an OpenAI-compatible endpoint: `/v1/images/generations` of a cloud, LocalAI, stable-diffusion.cpp… */
export function imageEndpoint(endpoint: ModelEndpoint): Painter {
  const timeoutMs = endpoint.timeoutMs ?? USUAL_TIMEOUT_MS;
  return {
    about: `Paints pictures with the model ${endpoint.model}.`,
    models: [endpoint.model],
    usualSeconds: 20,
    worstSeconds: Math.ceil(timeoutMs / 1000) + 30,
    async paint({ prompt, negativePrompt, seed, size, signal }) {
      const answer = await callEndpoint(
        { ...endpoint, timeoutMs },
        {
          path: '/images/generations',
          body: {
            model: endpoint.model,
            prompt,
            n: 1,
            size: `${size.width}x${size.height}`,
            // Not of OpenAI's API, but understood by the servers that people run themselves.
            ...(negativePrompt === '' ? {} : { negative_prompt: negativePrompt }),
            ...(/^\d{1,9}$/.test(seed) ? { seed: Number(seed) } : {}),
          },
          accept: ['application/json'],
          // Base64 takes a third more.
          maxBytes: MAX_PICTURE_BYTES * 1.4,
          signal,
        },
      );
      const generated = Generated.safeParse(answer.ok ? answeredJson(answer.value) : undefined);
      const [picture] = generated.data?.data ?? [];
      if (picture?.b64_json !== undefined) return pictureFile(Buffer.from(picture.b64_json, 'base64'));
      if (picture?.url !== undefined) return pictureFile(await download(endpoint, picture.url, signal));
      throw unavailable();
    },
  };
}

/** A picture as the file of a result. Throws `JobFailure` where the bytes are none. */
export function pictureFile(bytes: Uint8Array): ResultFile {
  const type = pictureType(bytes);
  if (type === null) throw unavailable();
  return { bytes, mediaType: type, name: `picture.${type.replace('image/', '').replace('jpeg', 'jpg')}` };
}

/** The failure of a painter that gave nothing. */
export function unavailable(): JobFailure {
  return new JobFailure('service-unavailable', 'The painter gave no picture.');
}

/** Some servers answer with an address, of their own or of a public store. */
async function download(endpoint: ModelEndpoint, url: string, signal: AbortSignal): Promise<Uint8Array> {
  const guardedFetch = createGuardedFetch({
    allowHosts: [hostAndPort(new URL(endpoint.baseUrl))],
    maxBytes: MAX_PICTURE_BYTES,
    timeoutMs: 60_000,
  });
  const fetched = await guardedFetch(url, { signal });
  if (!fetched.ok) throw unavailable();
  return fetched.value.body;
}
