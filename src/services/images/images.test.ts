import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHttpStage } from '../../../test/fixtures/http-stage.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { pngOf } from '../../../test/fixtures/png.ts';
import { openComfyUi } from './comfy-ui.ts';
import { drawPicture } from './draw-picture.ts';
import { imageEndpoint } from './image-endpoint.ts';
import { imageService } from './image-generation.ts';
import type { Painter } from './painter.ts';
import { wantedSize } from './picture-size.ts';
import { proceduralArtist } from './procedural-artist.ts';

const TERMS = { id: 'pictures', name: 'Pictures' };
const PNG = Buffer.from(pngOf(32, 32));
const job = (prompt: string, params: Record<string, string[]> = {}, signal?: AbortSignal) =>
  jobContext({
    kind: 5100,
    inputs: [resolvedInput(prompt, { type: 'text' })],
    params,
    ...(signal ? { signal } : {}),
  });
const paint = (painter: Painter, ...of: Parameters<typeof job>) =>
  runJob(imageService(painter, TERMS).handler, job(...of));

describe('the procedural artist', () => {
  it.each(['mountains at sunset with a lake', 'the ocean at night', 'a city', 'saturn', 'abstract blue', 'a forest in the snow'])(
    'draws %s: many colours, the same again for the same words and seed',
    (prompt) => {
      const draw = (seed: string) => drawPicture({ prompt, seed, width: 160, height: 120 });
      const first = Buffer.from(draw('1'));
      expect(first.equals(draw('1'))).toBe(true);
      expect(first.equals(draw('2'))).toBe(false);
      const { width, height, data, channels } = decode(first);
      expect({ width, height, channels }).toEqual({ width: 160, height: 120, channels: 3 });
      const values = [...data];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      // Neither black nor white nor one colour.
      expect(mean).toBeGreaterThan(10);
      expect(mean).toBeLessThan(235);
      expect(spread).toBeGreaterThan(15);
    },
  ); // prettier-ignore

  it('lets the words choose the light', () => {
    const blueOf = (prompt: string) => {
      const { data, width } = decode(drawPicture({ prompt, seed: '', width: 64, height: 64 }));
      const sky = [...data].slice(0, width * 3 * 8);
      const sum = (channel: number) => sky.filter((_, index) => index % 3 === channel).reduce((all, value) => all + value, 0);
      return { light: sum(0) + sum(1) + sum(2), blue: sum(2) / (sum(0) + 1) };
    };
    expect(blueOf('mountains at night').light).toBeLessThan(blueOf('mountains in the morning').light / 2);
    expect(blueOf('a sea on a sunny day').blue).toBeGreaterThan(1.5);
  }); // prettier-ignore

  it('is sold as what it is, in the size that is asked for', async () => {
    const selling = imageService(proceduralArtist, TERMS);
    expect(selling.about).toContain('without any AI model');
    expect(selling.params?.get('model')?.values).toEqual(['procedural']);
    const { file } = await paint(proceduralArtist, 'a lake', { size: ['200x100'] });
    expect(file).toMatchObject({ mediaType: 'image/png', name: 'picture.png' });
    expect(decode(file?.bytes ?? new Uint8Array())).toMatchObject({ width: 200, height: 100 });
    expect(await failureCode(selling.handler, job('x', { size: ['9000x9000'] }))).toBe('unsupported-size');
    expect(await failureCode(selling.handler, job(''))).toBe('no-text');
  });
});

describe('sizes', () => {
  it.each([
    [{}, { width: 1024, height: 1024 }],
    [{ ratio: ['16:9'] }, { width: 1344, height: 768 }],
    [
      { ratio: ['3:4'], size: ['512x640'] },
      { width: 512, height: 640 },
    ],
    [{ size: ['1024:1024'] }, { width: 1024, height: 1024 }],
  ])('%j', (params, size) => expect(wantedSize(new Map(Object.entries(params)))).toEqual(size));
});

describe('an OpenAI-compatible endpoint', () => {
  it('is asked for one picture, as base64 or by its address', async () => {
    const asked: unknown[] = [];
    let byAddress = false;
    const server = await openHttpStage(async (request) => {
      const { pathname, origin } = new URL(request.url);
      if (pathname === '/files/1.png') return new Response(PNG, { headers: { 'content-type': 'image/png' } });
      asked.push([pathname, await request.json()]);
      return Response.json({ created: 1, data: [byAddress ? { url: `${origin}/files/1.png` } : { b64_json: PNG.toString('base64') }] });
    });
    onTestFinished(() => server.close());
    const painter = imageEndpoint({ baseUrl: `${server.origin}/v1`, model: 'sd' });
    const params = { ratio: ['1:1'], negative_prompt: ['hands'], seed: ['7'] };
    expect((await paint(painter, 'a fox', params)).file).toEqual({ bytes: PNG, mediaType: 'image/png', name: 'picture.png' });
    byAddress = true;
    expect(Buffer.from((await paint(painter, 'a fox')).file?.bytes ?? []).equals(PNG)).toBe(true);
    const wish = { model: 'sd', prompt: 'a fox', n: 1, size: '1024x1024' };
    expect(asked).toEqual([
      ['/v1/images/generations', { ...wish, negative_prompt: 'hands', seed: 7 }],
      ['/v1/images/generations', wish],
    ]);
  }); // prettier-ignore

  it.each([
    ['no picture', () => Response.json({ data: [{ b64_json: Buffer.from('<html>').toString('base64') }] })],
    ['an error', () => Response.json({ error: { message: 'no' } }, { status: 400 })],
    ['an address of somebody private', () => Response.json({ data: [{ url: 'http://127.0.0.1:1/x.png' }] })],
  ])('that gives %s fails', async (_name, answer) => {
    const server = await openHttpStage(answer);
    onTestFinished(() => server.close());
    const painter = imageEndpoint({ baseUrl: server.origin, model: 'sd' });
    await expect(paint(painter, 'x')).rejects.toMatchObject({ code: 'service-unavailable' });
  });
});

describe('ComfyUI', () => {
  async function comfy(told: { readonly finishes?: boolean; readonly timeoutSeconds?: number } = {}) {
    const seen: { prompts: unknown[]; polls: number; viewed: string[] } = { prompts: [], polls: 0, viewed: [] };
    const server = await openHttpStage(async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/prompt') {
        seen.prompts.push(await request.json());
        return Response.json({ prompt_id: 'job-1', number: 1, node_errors: {} });
      }
      if (pathname === '/view') {
        seen.viewed.push(String(searchParams));
        return new Response(PNG, { headers: { 'content-type': 'image/png' } });
      }
      seen.polls += 1;
      const isDone = told.finishes !== false && seen.polls > 1;
      const images = [{ filename: 'out 1.png', subfolder: '', type: 'output' }];
      return Response.json(isDone ? { 'job-1': { outputs: { 9: { images } }, status: { status_str: 'success', completed: true } } } : {});
    });
    const dir = await mkdtemp(join(tmpdir(), 'coinop-comfy-'));
    onTestFinished(async () => {
      await server.close();
      await rm(dir, { recursive: true });
    });
    const workflowFile = join(dir, 'workflow.json');
    const workflow = { 3: { class_type: 'KSampler', inputs: { seed: '%seed%', steps: 20 } }, 5: { class_type: 'EmptyLatentImage', inputs: { width: '%width%', height: '%height%' } }, 6: { class_type: 'CLIPTextEncode', inputs: { text: 'photo of %prompt%', clip: ['4', 1] } } };
    await writeFile(workflowFile, JSON.stringify(workflow));
    const opened = await openComfyUi({ endpoint: { baseUrl: server.origin }, workflowFile, timeoutSeconds: told.timeoutSeconds ?? 20 });
    if (!opened.ok) throw new Error(opened.failure.message);
    return { painter: opened.value, seen };
  } // prettier-ignore

  it('gets the workflow with the wish in it, is asked until it is done, and gives the picture', async () => {
    const { painter, seen } = await comfy();
    const { file } = await paint(painter, 'a "fox" %seed%', { size: ['512x768'], seed: ['7'] });
    expect(Buffer.from(file?.bytes ?? []).equals(PNG)).toBe(true);
    expect(seen.prompts).toEqual([
      { prompt: { 3: { class_type: 'KSampler', inputs: { seed: expect.any(Number), steps: 20 } }, 5: { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 768 } }, 6: { class_type: 'CLIPTextEncode', inputs: { text: 'photo of a "fox" %seed%', clip: ['4', 1] } } } },
    ]);
    expect(seen.viewed).toEqual(['filename=out+1.png&subfolder=&type=output']);
  }); // prettier-ignore

  it('that never finishes is given up, and left at once when the job is cancelled', async () => {
    const slow = await comfy({ finishes: false, timeoutSeconds: 1 });
    await expect(paint(slow.painter, 'x')).rejects.toMatchObject({ code: 'service-unavailable' });
    const abort = new AbortController();
    const running = paint((await comfy({ finishes: false })).painter, 'x', {}, abort.signal);
    abort.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });

  it('needs a workflow with a place for the prompt', async () => {
    const opened = await openComfyUi({ endpoint: { baseUrl: 'http://127.0.0.1:1' }, workflowFile: '/no/such/file', timeoutSeconds: 1 });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'invalid-workflow' } });
  }); // prettier-ignore
});
