import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { failure, isRecord, parseJson, success, type Outcome } from '../../protocol/index.ts';
import { answeredJson, callEndpoint, type Endpoint } from '../endpoint.ts';
import { seededRandom } from '../seeded-random.ts';
import { pictureFile, unavailable } from './image-endpoint.ts';
import type { Painter, PictureWish } from './painter.ts';

const MAX_PICTURE_BYTES = 32 * 2 ** 20;
const MAX_HISTORY_BYTES = 4 * 2 ** 20;
const POLL_MS = 500;

const Queued = z.object({ prompt_id: z.string().regex(/^[\w-]{1,100}$/) });
const Picture = z.object({
  filename: z.string(),
  subfolder: z.string().default(''),
  type: z.string().default('output'),
});
const Finished = z.object({
  outputs: z.record(z.string(), z.object({ images: z.array(Picture).optional() })),
  status: z.object({ status_str: z.string().optional() }).optional(),
});

/** A ComfyUI server and the workflow that it runs for each job. */
export interface ComfyUi {
  readonly endpoint: Endpoint;
  /** A file of ComfyUI's "Save (API Format)", with `%prompt%`, `%negative_prompt%`, `%seed%`, `%width%` and `%height%` in it. */
  readonly workflowFile: string;
  /** How long one picture may take, waiting in ComfyUI's queue included. */
  readonly timeoutSeconds: number;
}

/** Paints by ComfyUI: queues the workflow, waits for its history, fetches the picture. Fails with `invalid-workflow`. */
export async function openComfyUi(comfy: ComfyUi): Promise<Outcome<Painter, 'invalid-workflow'>> {
  const workflow = parseJson(await readFile(comfy.workflowFile, 'utf8').catch(() => ''));
  if (!isRecord(workflow) || !JSON.stringify(workflow).includes('%prompt%'))
    return failure('invalid-workflow', 'The workflow is no JSON in API format with %prompt% in it.');
  return success({
    about: 'Paints pictures with an image model in ComfyUI.',
    models: ['comfyui'],
    usualSeconds: 30,
    worstSeconds: comfy.timeoutSeconds + 30,
    paint: (wish) => paint(comfy, workflow, wish),
  });
}

async function paint({ endpoint, timeoutSeconds }: ComfyUi, workflow: object, wish: PictureWish) {
  const signal = AbortSignal.any([wish.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  const get = (path: string, maxBytes: number, accept: readonly string[]) =>
    callEndpoint(endpoint, { path, accept, maxBytes, signal });
  try {
    const queued = await callEndpoint(endpoint, {
      path: '/prompt',
      body: { prompt: filled(workflow, wish) },
      accept: ['application/json'],
      maxBytes: MAX_HISTORY_BYTES,
      signal,
    });
    const ticket = Queued.safeParse(queued.ok ? answeredJson(queued.value) : undefined);
    if (!ticket.success) throw unavailable();
    const id = ticket.data.prompt_id;
    for (;;) {
      const history = await get(`/history/${id}`, MAX_HISTORY_BYTES, ['application/json']);
      const answered = history.ok ? answeredJson(history.value) : undefined;
      const finished = Finished.safeParse(isRecord(answered) ? answered[id] : undefined);
      if (finished.success) {
        const [picture] = Object.values(finished.data.outputs).flatMap(({ images = [] }) => images);
        if (picture === undefined) throw unavailable();
        const fetched = await get(`/view?${new URLSearchParams(picture).toString()}`, MAX_PICTURE_BYTES, [
          'image/*',
        ]);
        if (!fetched.ok) throw unavailable();
        return pictureFile(fetched.value.body);
      }
      await pause(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    wish.signal.throwIfAborted();
    throw signal.aborted ? unavailable() : error;
  }
}

/** The workflow with the wish in it. Only whole values become numbers; words stay inside the strings they stand in. */
function filled(value: unknown, wish: PictureWish): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, wish));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, wish)]));
  if (typeof value !== 'string') return value;
  const numbers: Readonly<Record<string, number>> = {
    '%width%': wish.size.width,
    '%height%': wish.size.height,
    '%seed%': seededRandom('seed', wish.prompt, wish.seed).integer(0, 2 ** 31),
  };
  const number = numbers[value];
  if (number !== undefined) return number;
  return value.replace(/%(negative_)?prompt%/g, (_all, negative) =>
    negative ? wish.negativePrompt : wish.prompt,
  );
}
