import { describe, expect, it } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { openHttpStage } from '../../../test/fixtures/http-stage.ts';
import { lacks, mediaFile, speechOf } from '../../../test/fixtures/local-tools.ts';
import { textExtractionService } from '../text-extraction.ts';
import { pocketsphinx, readTimedWords } from './pocketsphinx.ts';
import type { Transcriber, Transcript } from './transcriber.ts';
import { transcriptionEndpoint } from './transcription-endpoint.ts';
import { writeTranscript } from './transcript-text.ts';

const SPOKEN: Transcript = {
  segments: [
    { startSeconds: 0.5, endSeconds: 2, text: ' Money in,' },
    { startSeconds: 2.2, endSeconds: 3, text: 'data <out> & more.' },
    { startSeconds: 3661.25, endSeconds: 3662, text: 'Later.' },
  ],
  words: [],
};

describe('transcripts', () => {
  it('are text in paragraphs, lines with their times, or subtitles', () => {
    expect(writeTranscript(SPOKEN, { format: 'text', alignment: 'raw' })).toBe('Money in, data <out> & more.\n\nLater.');
    expect(writeTranscript(SPOKEN, { format: 'markdown', alignment: 'segment' })).toMatch(/^\[00:00:00\.500\] Money in,\n/);
    expect(writeTranscript(SPOKEN, { format: 'vtt', alignment: 'raw' })).toBe(
      'WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nMoney in,\n\n00:00:02.200 --> 00:00:03.000\ndata &lt;out&gt; &amp; more.\n\n01:01:01.250 --> 01:01:02.000\nLater.',
    );
    const words = [{ startSeconds: 0.5, endSeconds: 1, text: 'Money' }];
    expect(writeTranscript({ ...SPOKEN, words }, { format: 'text', alignment: 'word' })).toBe('[00:00:00.500] Money');
  }); // prettier-ignore

  it('are read from what pocketsphinx prints', () => {
    const printed =
      'learning and it\n<s> 0.000 0.020 0.9\nlearning 0.030 0.760 0.88\nand(2) 0.770 0.950 0.97\n<sil> 1.0 1.1 0.9\n++NOISE++ 1.1 1.2 0.9\n</s> 2.6 2.7 1.0\nmoney\nmoney 6.680 6.820 0.967\n';
    expect(readTimedWords(printed)).toEqual({
      segments: [
        { startSeconds: 0.03, endSeconds: 0.95, text: 'learning and' },
        { startSeconds: 6.68, endSeconds: 6.82, text: 'money' },
      ],
      words: [
        { startSeconds: 0.03, endSeconds: 0.76, text: 'learning' },
        { startSeconds: 0.77, endSeconds: 0.95, text: 'and' },
        { startSeconds: 6.68, endSeconds: 6.82, text: 'money' },
      ],
    });
    expect(readTimedWords('')).toEqual({ segments: [], words: [] });
  });
});

describe.skipIf(lacks('ffmpeg', 'ffprobe'))('recordings as text', () => {
  const recording = (seconds: number) => mediaFile('ogg', '-f', 'lavfi', '-i', `sine=d=${seconds}:r=16000`);
  const extract = (transcriber: Transcriber, maxSoundSeconds = 60) =>
    textExtractionService({ transcriber, maxSoundSeconds });
  const job = (bytes: Uint8Array, wish: Partial<Parameters<typeof jobContext>[0]> = {}) =>
    jobContext({ kind: 5000, inputs: [resolvedInput(bytes)], ...wish });

  it.each([
    ['OpenAI', { text: 'Hello world.', duration: 2, segments: [{ id: 0, start: 0, end: 1, text: ' Hello world.' }], words: [{ word: 'Hello', start: 0, end: 0.4 }, { word: 'world', start: 0.4, end: 1 }] }],
    ['whisper.cpp', { task: 'transcribe', text: ' Hello world.\n', segments: [{ id: 0, text: ' Hello world.', start: 0, end: 1, tokens: [1], words: [{ word: ' Hello', start: 0, end: 0.4, probability: 0.9 }, { word: ' world', start: 0.4, end: 1 }] }] }],
  ])('asks an endpoint like that of %s', async (_name, answer) => {
    const forms: Record<string, unknown>[] = [];
    const server = await openHttpStage(async (request) => {
      const form = await request.formData();
      const file = form.get('file');
      const bytes = file instanceof File ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
      forms.push({ path: new URL(request.url).pathname, key: request.headers.get('authorization'), start: bytes.toString('latin1', 0, 4), rate: bytes.readUInt32LE(24), seconds: Math.round(bytes.length / 32_000), format: form.get('response_format'), language: form.get('language'), model: form.get('model') });
      return Response.json(answer);
    });
    try {
      const { handler } = extract(transcriptionEndpoint({ baseUrl: `${server.origin}/v1/`, model: 'whisper-1', apiKeyFrom: { env: 'PATH' } }));
      const params = { range: ['2', '4'], alignment: ['word'], language: ['eng'] };
      const { content } = await runJob(handler, job(recording(5), { params, outputs: ['text/vtt'] }));
      expect(content).toBe('WEBVTT\n\n00:00:02.000 --> 00:00:02.400\nHello\n\n00:00:02.400 --> 00:00:03.000\nworld');
      expect(forms).toEqual([{ path: '/v1/audio/transcriptions', key: `Bearer ${process.env['PATH']}`, start: 'RIFF', rate: 16_000, seconds: 2, format: 'verbose_json', language: 'en', model: 'whisper-1' }]);
    } finally {
      await server.close();
    }
  }); // prettier-ignore

  it('understands an endpoint that gives the text alone, and one that fails', async () => {
    let broken = false;
    const server = await openHttpStage(() => (broken ? new Response('no', { status: 500 }) : Response.json({ text: 'Hello.' })));
    try {
      const { handler } = extract(transcriptionEndpoint({ baseUrl: server.origin, model: 'm' }));
      expect((await runJob(handler, job(recording(1)))).content).toBe('Hello.');
      broken = true;
      expect(await failureCode(handler, job(recording(1)))).toBe('transcriber-unavailable');
    } finally {
      await server.close();
    }
  }); // prettier-ignore

  it('refuses what is silent, too long or not there', async () => {
    const { handler } = extract(pocketsphinx, 2);
    expect(await failureCode(handler, job(recording(4)))).toBe('recording-too-long');
    expect(await failureCode(handler, job(recording(1), { params: { range: ['3', '4'] } }))).toBe('invalid-range');
    expect(await failureCode(handler, job(recording(1), { params: { language: ['de'] } }))).toBe('unsupported-language');
    const silent = mediaFile('mp4', '-f', 'lavfi', '-i', 'testsrc=d=1:s=64x64:r=5');
    expect(await failureCode(handler, job(silent))).toBe('no-sound');
    expect(await failureCode(handler, job(Buffer.from('RIFF0000WAVEfmt ')))).toBe('unsupported-file');
    // Subtitles of documents, and of several recordings, are none.
    expect(await failureCode(handler, jobContext({ kind: 5000, inputs: [resolvedInput('text')], outputs: ['text/vtt'] }))).toBe('unsupported-output');
  }); // prettier-ignore

  it.skipIf(lacks('espeak-ng', 'pocketsphinx_continuous'))(
    'listens with pocketsphinx',
    async () => {
      const { handler } = extract(pocketsphinx);
      const { content, progress } = await runJob(handler, job(speechOf('The machine gets the money.')));
      expect(content).toContain('the machine');
      expect(progress).toEqual([{ type: 'progress', note: 'Listening with pocketsphinx.' }]);
      const noise = job(mediaFile('wav', '-f', 'lavfi', '-i', 'anullsrc=d=1'));
      expect(await failureCode(handler, noise)).toBe('no-text');
    },
    60_000,
  );
});
