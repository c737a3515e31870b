import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { listKinds, showKind } from './kinds.ts';
import { createOutput } from './output.ts';

/** What a person at a terminal reads. */
function atTerminal(show: (output: ReturnType<typeof createOutput>) => void): string {
  const written = new PassThrough();
  const stream = Object.assign(written, { isTTY: true }) as unknown as NodeJS.WriteStream;
  show(createOutput({ json: false, stdout: stream, stderr: stream }));
  return stripVTControlCharacters(String(written.read()));
}

/** The line of the table that begins with the word. */
function line(text: string, word: string): string[] {
  const found = text.split('\n').find((each) => each.startsWith(word));
  return found?.trim().split(/ {2,}/) ?? [];
}

test('the list has a line for each kind, with inputs and parameters in short', () => {
  const list = atTerminal((output) => listKinds(output));
  expect(line(list, 'kind')).toEqual(['kind', 'name', 'status', 'inputs', 'params']);
  expect(line(list, '5002')).toEqual(['5002', 'Translation', 'spec', '1+ event|job|text', 'language?']);
  expect(line(list, '5100').slice(3)).toEqual([
    '1 text, 0–1 url',
    'model, lora, ratio, negative_prompt, 6 more',
  ]);
  expect(line(list, '5312').slice(2)).toEqual(['implementation', 'target!, sort, source, limit']);
  expect(line(list, '5600')[1]).toBe('Code run (also ci, wasm)');
  expect(line(list, '5805').slice(2)).toEqual(['observed', '0+ any']);
});

test('a kind is shown with its inputs, parameters and other meanings', () => {
  const shown = atTerminal((output) => showKind(5314, { schema: false }, output));
  expect(line(shown, 'source')).toEqual(['source', 'vertexlab.io docs']);
  expect(line(shown, 'target!').slice(0, 2)).toEqual(['target!', 'any number of: text']);
  expect(line(shown, 'limit')).toEqual(['limit', 'integer 1–1000', '5', 'Most results to return.']);

  const media = atTerminal((output) => showKind(5200, { schema: false }, output));
  expect(line(media, 'range').slice(0, 2)).toEqual(['range', '2 of: text']);
  expect(line(media, 'format')).toEqual([
    'format or media_format',
    'video/mp4, audio/mp3, …',
    expect.stringContaining('(nostrdvm)'),
  ]);

  const ambiguous = atTerminal((output) => showKind(5910, { schema: false }, output));
  expect(line(ambiguous, 'told by')).toEqual(['told by', 'tag ["c","list-tools"]']);
  expect(ambiguous).toContain('MCP tool run');
});

test('the schema is indented for people', () => {
  const schema = atTerminal((output) => showKind(5050, { schema: true }, output));
  expect(schema).toContain('\n  "title": "Text generation",\n');
});
