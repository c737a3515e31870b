import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { buildJobRequest, readFileTag, type NostrEvent } from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { openBlobStage, type BlobStage } from '../fixtures/blob-stage.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { PartProcess } from './world.ts';

let relays: RelayStage;
let pool: RelayPool;
let blobs: BlobStage;
let dir: string;
beforeAll(async () => {
  [relays, blobs] = [await openRelayStage(), await openBlobStage()];
  pool = relays.openPool();
  dir = await mkdtemp(join(tmpdir(), 'coinop-file-crash-'));
});
afterAll(async () => {
  await relays.close();
  await blobs.close();
  await rm(dir, { recursive: true, force: true });
});

const customer = secretKeySigner(generateSecretKey());

function startProvider(crashAt: string): PartProcess {
  return new PartProcess('provider', [join(dir, 'provider'), relays.relay.url], {
    COINOP_CRASH_AT: crashAt,
    COINOP_EXCHANGE: 'free',
    COINOP_PRICE_SATS: '0',
    COINOP_OFFER_SECONDS: '40',
    BLOB_URL: blobs.url,
  });
}

async function askForFile(): Promise<NostrEvent> {
  const request = await customer.sign(
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: `file ${crypto.randomUUID()}`, type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      content: '',
      createdAt: unixNow(),
    }),
  );
  await pool.publish(request, [relays.relay.url]);
  return request;
}

/** The work is done once and its file uploaded once, wherever between its making and the publishing the process dies. */
test.each([
  ['provider:file-kept', 0],
  ['provider:file-stored', 1],
  ['sale.work.ready:after-commit', 1],
])(
  'kill -9 at %s loses no file and makes none twice',
  async (at, uploadsBefore) => {
    const uploads = () => blobs.requests.filter((line) => line.startsWith('PUT')).length;
    const before = uploads();
    const dying = startProvider(at);
    await dying.until(({ t }) => t === 'ready');
    const request = await askForFile();
    expect((await dying.exited).signal).toBe('SIGKILL');
    expect(uploads() - before).toBe(uploadsBefore);

    const next = startProvider('');
    try {
      const filter = { kinds: [6050], '#e': [request.id] };
      const result = await vi.waitFor(
        async () => {
          const [found] = await pool.query([relays.relay.url], [filter]);
          if (found === undefined) throw new Error('There is no result yet.');
          return found;
        },
        { timeout: 60_000, interval: 100 },
      );
      const file = readFileTag(result.tags);
      const bytes = await (await fetch(file?.url ?? '')).arrayBuffer();
      expect(bytes.byteLength).toBe(50_000);
      expect(uploads() - before).toBe(1);
      expect(next.lines.filter(({ name }) => name === 'provider:before-work')).toEqual([]);
    } finally {
      await next.stop();
    }
  },
  120_000,
);
