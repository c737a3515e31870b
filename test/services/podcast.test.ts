import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createGuardedFetch } from '../../src/http/node.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { startProvider, type Provider } from '../../src/provider/index.ts';
import { shelfTextExtraction } from '../../src/services/shelf-text-extraction.ts';
import { shelfSummarization } from '../../src/services/summarization.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { lacks, makeFile, speechOf, wordErrorRate } from '../fixtures/local-tools.ts';
import { newSigner, openShelfStage, type ShelfStage } from './shelf-stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** The example of the first draft: a podcast becomes a transcript, and that a summary. Everything runs on this machine. */
const SAID = `Good morning and welcome to the show. Today we talk about machines that work for money.
A customer sends a letter to the market, and many machines answer with a price. The best machine gets the job and does
the work. When the work is done, the customer pays the machine. The market is open day and night.`;
/** How many words pocketsphinx may get wrong of a synthetic voice; guessing would get nearly all of them wrong. */
const WORST_WORD_ERROR_RATE = 0.5;

describe.skipIf(lacks('ffmpeg', 'espeak-ng', 'pocketsphinx_continuous'))('a podcast', () => {
  let stage: ShelfStage;
  let provider: Provider;
  let host: HttpStage;

  beforeAll(async () => {
    const wav = speechOf(SAID.replaceAll('\n', ' '));
    const args = ['-v', 'error', '-nostdin', '-i', 'speech.wav', '-b:a', '64k', 'podcast.mp3'];
    const podcast = makeFile('ffmpeg', args, 'podcast.mp3', { 'speech.wav': wav });
    host = await openHttpStage(
      () => new Response(Uint8Array.from(podcast), { headers: { 'content-type': 'audio/mpeg' } }),
    );
    stage = await openShelfStage();
    const shelf = stage.openShelf('podcast');
    const services = [
      await shelf.open(shelfTextExtraction, { reads: ['speech'], max_sound_seconds: 60 }),
      await shelf.open(shelfSummarization),
    ];
    provider = orThrow(
      await startProvider({
        signer: newSigner(),
        ledger: stage.openLedger(),
        wallet: null,
        relays: stage.pool,
        relayUrls: [stage.relayUrl],
        fetchInput: createGuardedFetch({ allowHosts: [host.host] }),
        services: services.map((each) => ({ ...each, priceMsat: satsToMsat(0) })),
      }),
    );
  }, 60_000);
  afterAll(async () => {
    await provider.close({ graceMs: 0 });
    await stage.close();
    await host.close();
  });

  test('becomes a transcript, and the transcript a summary, by the example', async () => {
    const home = await mkdtemp(join(tmpdir(), 'coinop-podcast-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const example = await bundledExample('podcast', home);
    const { stdout } = await run(process.execPath, [example, `${host.origin}/podcast.mp3`, '25 words'], {
      cwd: home,
      timeout: 200_000,
      env: { ...CHILD_ENVIRONMENT, RELAY: stage.relayUrl },
    });
    const [transcript = '', summary = ''] = stdout.trim().split('\n\nIn short: ');
    expect(wordErrorRate(SAID, transcript)).toBeLessThan(WORST_WORD_ERROR_RATE);
    const words = summary.replace(/…$/, '').split(/\s+/);
    expect(words.length).toBeGreaterThan(5);
    expect(words.length).toBeLessThanOrEqual(25);
    expect(transcript.split(/\s+/)).toEqual(expect.arrayContaining(words));
  }, 240_000);
});

/** The example in one file, with the rooms of this checkout in place of the package. */
async function bundledExample(name: string, dir: string): Promise<string> {
  const rooms = ['account', 'customer', 'protocol'];
  const alias = Object.fromEntries(
    rooms.map((room) => [`coinop/${room}`, join(ROOT, `src/${room}/index.ts`)]),
  );
  const bundle = await rolldown({
    input: join(ROOT, `examples/${name}.ts`),
    platform: 'node',
    resolve: { alias },
    external: /^lightningdevkit/,
    plugins: [
      {
        // Modules find their workers and data files where they were written, not where the bundle is.
        name: 'own-place',
        transform: {
          filter: { code: 'import.meta.' },
          handler: (code, id) =>
            code
              .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
              .replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
        },
      },
    ],
  });
  const file = join(dir, `${name}.mjs`);
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  return file;
}
