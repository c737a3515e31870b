import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createBlobClient, createMemoryFiles } from '../../src/blobs/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { showFile } from '../../src/mcp/tools/result-file.ts';
import { readResult } from '../../src/mcp/tools/show-job.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { service, type JobOutput } from '../../src/provider/index.ts';
import { buy, openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openBlobStage, type BlobStage } from '../fixtures/blob-stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...randomBytes(90_000)]);
const URL_OF_FILE = 'https://example.com/f';

let stage: BuyingStage;
let blobs: BlobStage;
let seller: Seller | null = null;
beforeAll(async () => {
  stage = await openBuyingStage();
  blobs = await openBlobStage();
});
afterEach(async () => {
  blobs.disturb = null;
  await seller?.close();
  await stage.sweep();
});
afterAll(async () => {
  await stage.close();
  await blobs.close();
});

const client = () =>
  createBlobClient({ fetch: createGuardedFetch({ allowHosts: [blobs.host], timeoutMs: 20_000 }) });
const memory = () => createMemoryFiles(10_000_000);

/** A job that was bought for nothing, and its customer. */
async function bought(output: JobOutput) {
  const handler = async () => output;
  const selling = service({ kind: 5100, priceSats: 0, exchanges: ['free'], handler });
  seller = await openSeller(stage, [selling], {
    files: { client: client(), servers: [blobs.url], kept: memory() },
  });
  const customer = stage.openCustomer({ files: { client: client(), kept: memory(), keptUnpaid: memory() } });
  const purchase = await buy(customer, { kind: 5100 });
  orThrow(await purchase.result());
  const read = async (offset = 0) => {
    const found = await readResult({ customer }, purchase, { offset, chars: 10_000 });
    if ('unreadable' in found) throw new Error(found.unreadable.message);
    return found;
  };
  return { read };
}

test('a file that was bought comes with the first part of its result, and is what its provider signed for', async () => {
  const { read } = await bought({ file: { bytes: PNG, mediaType: 'image/jpeg', name: 'fox\n.png' } });
  const { part, blocks } = await read();
  const [picture] = blocks;
  if (picture?.type !== 'image') throw new Error('There is no picture.');
  expect(picture.mimeType).toBe('image/png');
  expect(Buffer.from(picture.data, 'base64').equals(PNG)).toBe(true);
  expect(part.file).toEqual({
    media_type: 'image/png',
    name: 'fox .png',
    bytes: PNG.length,
    handed_over: true,
  });
  expect(part.untrusted_content).toContain(blobs.url);
  expect(await read(5)).toMatchObject({ part: { file: null, offset: 5 }, blocks: [] });
});

test('text that came as a file is text', async () => {
  const { read } = await bought({ content: 'a red fox '.repeat(20_000), mediaType: 'text/markdown' });
  const { part, blocks } = await read();
  expect(part).toMatchObject({ file: null, total_chars: 200_000 });
  expect(blocks).toEqual([]);
});

const file = (bytes: Uint8Array<ArrayBuffer>, mediaType: string | null) => ({
  bytes,
  mediaType,
  name: null,
  url: URL_OF_FILE,
});

test.each([
  ['audio/mpeg', 'audio', 'audio/mpeg'],
  ['Audio/OGG; codecs=opus', 'audio', 'audio/ogg'],
  ['image/png', 'resource', 'image/png'], // it is none, and models refuse what only claims to be one
  ['application/pdf', 'resource', 'application/pdf'],
  ['x y/evil', 'resource', 'application/octet-stream'],
  [null, 'resource', 'application/octet-stream'],
])('what is said to be %s is handed over as %s of %s', (said, type, mediaType) => {
  const { view, blocks } = showFile(file(new Uint8Array([1, 2, 3]), said));
  expect(view.media_type).toBe(mediaType);
  expect(blocks).toMatchObject([
    type === 'audio'
      ? { type, mimeType: mediaType, data: 'AQID' }
      : { type, resource: { uri: URL_OF_FILE, mimeType: mediaType, blob: 'AQID' } },
  ]);
});

test('what is too large is told of, and not handed over', () => {
  const { view, blocks } = showFile(file(new Uint8Array(3 * 2 ** 20 + 1), 'video/mp4'));
  expect(view).toEqual({ media_type: 'video/mp4', name: null, bytes: 3_145_729, handed_over: false });
  expect(blocks).toEqual([]);
});
