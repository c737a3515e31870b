import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { shelfProceduralArt } from '../../src/services/images/image-generation.ts';
import { shelfTextExtraction } from '../../src/services/shelf-text-extraction.ts';
import { shelfTextToSpeech } from '../../src/services/text-to-speech/text-to-speech.ts';
import { shelfImageToVideo } from '../../src/services/video/image-to-video.ts';
import { shelfVideoConversion } from '../../src/services/video/video-conversion.ts';
import { lacks, mediaFile } from '../fixtures/local-tools.ts';
import { pngOf } from '../fixtures/png.ts';
import { pngOfWords } from '../fixtures/written-picture.ts';
import { openShelfStage, type ShelfStage } from './shelf-stage.ts';

const dataUrl = (mime: string, bytes: Uint8Array) =>
  `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`;

const HAS_NO_TOOLS = lacks('ffmpeg', 'espeak-ng', 'tesseract');
const WAV = HAS_NO_TOOLS ? new Uint8Array() : mediaFile('wav', '-f', 'lavfi', '-i', 'sine=d=0.5:r=8000');

/** Services that give files, sold over a real relay and bought as strangers buy them; small files travel in the result. */
describe.skipIf(HAS_NO_TOOLS)('files that are sold', () => {
  let stage: ShelfStage;
  beforeAll(async () => {
    stage = await openShelfStage();
    const shelf = stage.openShelf('media');
    const services = [
      await shelf.open(shelfTextToSpeech),
      await shelf.open(shelfProceduralArt),
      await shelf.open(shelfImageToVideo),
      await shelf.open(shelfVideoConversion),
      await shelf.open(shelfTextExtraction, { reads: ['pictures'] }),
    ];
    await stage.sell(services.map((each) => ({ ...each, priceMsat: satsToMsat(0) })));
  }, 60_000);
  afterAll(() => stage.close());

  const text = (data: string) => ({ data, type: 'text' as const });
  const url = (data: string) => ({ data, type: 'url' as const });
  const picture = url(dataUrl('image/png', pngOf(96, 54)));
  const sound = url(dataUrl('audio/wav', WAV));

  test.each([
    [5250, text('Mic check.'), {}, [], /^data:audio\/mpeg;base64,|^https?:/],
    [5250, text('Mic check.'), { language: 'de' }, ['audio/ogg'], /^data:audio\/ogg;base64,|^https?:/],
    [5100, text('A lake at night'), { size: '64x64' }, [], /^data:image\/png;base64,|^https?:/],
    [5202, picture, { duration: '1' }, [], /^data:video\/mp4;base64,|^https?:/],
    [5200, sound, {}, [], /^data:audio\/mpeg;base64,|^https?:/],
    [5000, url(dataUrl('image/png', pngOfWords(['HELLO']))), {}, ['text/plain'], /^HELLO$/],
  ])('kind %i is delivered and plausible', async (kind, input, params, outputs, content) => {
    const wish = { kind, inputs: [input], params, outputs, maxAmountMsat: satsToMsat(0), deadlineSeconds: 120 };
    const bought = await orThrow(await stage.openCustomer().buy(wish)).result();
    const { verdict, resultEvent } = orThrow(bought);
    expect(resultEvent.content.slice(0, 100)).toMatch(content);
    expect(verdict).toMatchObject({ verdict: 'plausible' });
  }, 120_000); // prettier-ignore
});
