import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { seededRandom } from '../regtest/seeded-random.ts';
import { openFaultyRelay, type FaultyRelay } from './faulty-relay.ts';
import { FAIR_WEATHER } from './weather.ts';

let stage: RelayStage;
const ways: FaultyRelay[] = [];
beforeAll(async () => {
  stage = await openRelayStage();
});
afterAll(async () => {
  for (const way of ways) await way.close();
  await stage.close();
});

const signer = secretKeySigner(generateSecretKey());

async function openWay(): Promise<FaultyRelay> {
  const way = await openFaultyRelay(stage.relay.url, seededRandom(7));
  ways.push(way);
  return way;
}

/** A client without any cleverness, and what it heard. */
async function connect(way: FaultyRelay) {
  const socket = new WebSocket(way.url);
  const heard: unknown[][] = [];
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as unknown[]));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, heard, send: (...frame: unknown[]) => socket.send(JSON.stringify(frame)) };
}

const note = (content: string, created_at = 1_700_000_000) =>
  signer.sign({ kind: 1, created_at, tags: [], content });
const kinds = (heard: readonly unknown[][], kind: string) => heard.filter(([name]) => name === kind);
const until = (look: () => void) => vi.waitFor(look, { timeout: 20_000 });

it('passes everything on in fair weather', async () => {
  const { heard, send, socket } = await connect(await openWay());
  send('REQ', 'all', { kinds: [1] });
  await until(() => expect(kinds(heard, 'EOSE')).toHaveLength(1));
  send('EVENT', await note('hello'));
  await until(() => expect([kinds(heard, 'OK'), kinds(heard, 'EVENT')]).toMatchObject([[{}], [{}]]));
  socket.terminate();
});

it('repeats and reorders events, and lets none of them pass the end of what is stored', async () => {
  const way = await openWay();
  const { heard, send, socket } = await connect(way);
  for (let index = 0; index < 20; index++)
    send('EVENT', await note(`stored ${index}`, 1_700_000_100 + index));
  await until(() => expect(kinds(heard, 'OK')).toHaveLength(20));
  way.setWeather({ ...FAIR_WEATHER, delayMs: 5, repeated: 0.3, swapped: 0.5 });
  send('REQ', 'stored', { kinds: [1], since: 1_700_000_100 });
  await until(() => expect(kinds(heard, 'EOSE')).toHaveLength(1));
  const frames = heard.filter(([, subscription]) => subscription === 'stored');
  expect(frames.at(-1)?.[0]).toBe('EOSE');
  const times = kinds(frames, 'EVENT').map(([, , event]) => (event as { created_at: number }).created_at);
  expect(new Set(times).size).toBe(20);
  expect(times.length).toBe(20 + way.counts.repeated);
  expect(times).not.toEqual(times.toSorted((one, other) => other - one));
  expect([way.counts.repeated, way.counts.swapped].every((count) => count > 0)).toBe(true);
  socket.terminate();
});

it('loses OKs, and stores the event all the same', async () => {
  const way = await openWay();
  const { heard, send, socket } = await connect(way);
  way.setWeather({ ...FAIR_WEATHER, lostOks: 1 });
  const event = await note('unconfirmed');
  send('EVENT', event);
  send('REQ', 'it', { ids: [event.id] });
  await until(() => expect(kinds(heard, 'EVENT')).toHaveLength(1));
  expect(kinds(heard, 'OK')).toEqual([]);
  expect(way.counts.lost).toBe(1);
  socket.terminate();
});

it('cuts off who is there, lets nobody in while it refuses, and then serves again', async () => {
  const way = await openWay();
  const { socket } = await connect(way);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  way.refuse(true);
  await closed;
  await expect(connect(way)).rejects.toThrow('503');
  way.refuse(false);
  const again = await connect(way);
  again.send('REQ', 'all', { kinds: [1], limit: 1 });
  await until(() => expect(kinds(again.heard, 'EOSE')).toHaveLength(1));
  expect(way.counts).toMatchObject({ cut: 1, refused: 1 });
  again.socket.terminate();
});

it('goes dead without a word: what is open stays open, hears nothing and reaches nobody', async () => {
  const way = await openWay();
  const silenced = await connect(way);
  way.silence();
  const event = await note('into the void');
  silenced.send('EVENT', event);
  silenced.socket.ping();
  const later = await connect(way); // its answer comes after the relay would have taken the event
  later.send('REQ', 'it', { ids: [event.id] });
  await until(() => expect(kinds(later.heard, 'EOSE')).toHaveLength(1));
  expect(kinds(later.heard, 'EVENT')).toEqual([]);
  expect(kinds(silenced.heard, 'OK')).toEqual([]);
  expect(silenced.socket.readyState).toBe(WebSocket.OPEN);
  silenced.socket.terminate();
  later.socket.terminate();
});

it('takes its time when it is told to', async () => {
  const way = await openWay();
  const slow = await connect(way);
  const other = await connect(await openWay());
  way.setWeather({ ...FAIR_WEATHER, charsPerSecond: 2 }); // half a minute for one request
  slow.send('REQ', 'slow', { ids: ['00'.repeat(32)], kinds: [1] });
  other.send('REQ', 'fast', { kinds: [1], limit: 1 });
  await until(() => expect(kinds(other.heard, 'EOSE')).toHaveLength(1));
  expect(kinds(slow.heard, 'EOSE')).toEqual([]);
  slow.socket.terminate();
  other.socket.terminate();
});
