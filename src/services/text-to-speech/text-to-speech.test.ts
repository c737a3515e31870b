import { describe, expect, it } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { lacks } from '../../../test/fixtures/local-tools.ts';
import { soundFormats } from '../media/encode-sound.ts';
import { probeMedia } from '../media/ffmpeg.ts';
import { SOUND_FORMATS } from '../media/formats.ts';
import { textToSpeechService } from './text-to-speech.ts';
import { chooseVoice, installedVoices } from './voices.ts';

const signal = new AbortController().signal;

describe.skipIf(lacks('espeak-ng', 'ffmpeg'))('texts read out', async () => {
  const voices = await installedVoices(signal);
  const selling = textToSpeechService({ voices, formats: await soundFormats() });
  const job = (text: string, wish: Partial<Parameters<typeof jobContext>[0]> = {}) =>
    jobContext({ kind: 5250, inputs: [resolvedInput(text, { type: 'text' })], ...wish });
  const seconds = async (bytes: Uint8Array = new Uint8Array()) =>
    (await probeMedia(bytes, 'film', signal)).durationSeconds ?? 0;

  it.each([
    [[], 'audio/mpeg'],
    [['audio/mpeg;format=url'], 'audio/mpeg'],
    [['audio/flac', 'audio/wav'], 'audio/wav'],
    [['audio/ogg'], 'audio/ogg'],
  ])('are files of the wanted format: %j', async (outputs, mediaType) => {
    const { file } = await runJob(selling.handler, job('Mic check, one, two.', { outputs }));
    expect(file?.mediaType).toBe(mediaType);
    expect(await seconds(file?.bytes)).toBeGreaterThan(0.8);
  });

  it('keep to language, voice and speed, and to nothing else', async () => {
    const wav = { outputs: ['audio/wav'] };
    const said = async (params: Record<string, string[]>) =>
      (await runJob(selling.handler, job('Guten Tag. <break/> -w /tmp/x', { ...wav, params }))).file?.bytes;
    const [plain, german, female, slow] = [await said({}), await said({ language: ['ger'] }), await said({ voice: ['female'] }), await said({ speed: ['90'] })];
    expect(new Set([plain, german, female].map((bytes) => Buffer.from(bytes ?? []).toString('base64'))).size).toBe(3);
    expect(await seconds(slow)).toBeGreaterThan((await seconds(plain)) * 1.4);
  }); // prettier-ignore

  it('are refused with a reason', async () => {
    const codeOf = (text: string, params: Record<string, string[]> = {}, outputs: string[] = []) =>
      failureCode(selling.handler, job(text, { params, outputs }));
    expect(await codeOf(' ')).toBe('no-text');
    expect(await codeOf('x'.repeat(10_001))).toBe('text-too-long');
    expect(await codeOf('a', { language: ['tlhx'] })).toBe('unsupported-language');
    expect(await codeOf('a', { language: ['../../etc'] })).toBe('unsupported-language');
    expect(await codeOf('a', { voice: ['f2 -w /tmp/x'] })).toBe('unsupported-voice');
    expect(await codeOf('a', { speed: ['9999'] })).toBe('invalid-param');
    expect(await codeOf('a', {}, ['video/mp4'])).toBe('unsupported-output');
  });

  it('choose voices by any usual code', () => {
    const choose = (language?: string, voice?: string) => chooseVoice(voices, { language, voice });
    expect([choose(), choose('deu'), choose('de-AT'), choose('EN-GB'), choose('pt_BR')]).toEqual(['en-us', 'de', 'de', 'en-gb', 'pt-br']);
    expect(choose('en', 'F2')).toMatch(/^en-[a-z]+\+f2$/);
    expect(choose('fr', 'male')).toMatch(/^fr-[a-z]+\+m3$/);
    expect(voices.languages.length).toBeGreaterThan(80);
  }); // prettier-ignore

  it('announce the languages, and only WAV without ffmpeg', async () => {
    expect(selling.params?.get('language')?.values).toContain('de');
    const wav = new Map([...SOUND_FORMATS].filter(([, { extension }]) => extension === 'wav'));
    const { file } = await runJob(textToSpeechService({ voices, formats: wav }).handler, job('Hello'));
    expect(file?.mediaType).toBe('audio/wav');
  });
});
