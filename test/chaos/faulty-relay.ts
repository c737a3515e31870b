import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { FrameLane, type LaneFault } from './frame-lane.ts';
import { FAIR_WEATHER, type Weather } from './weather.ts';

/** What was done to the connections so far, counted. */
export type FaultCounts = Record<LaneFault | 'cut' | 'refused' | 'silenced', number>;

/** A way to a relay that is as bad as it is told to be: a proxy before a real one. It never breaks a frame of NIP-01. */
export interface FaultyRelay {
  /** `ws://…`, the same for as long as it is open. */
  readonly url: string;
  readonly counts: Readonly<FaultCounts>;
  /** How frames travel from now on, on connections that are open as well. */
  setWeather(weather: Weather): void;
  /** Ends all connections without a goodbye. */
  cut(): void;
  /** From now on nobody gets in, until it is told otherwise; who is in is cut off. */
  refuse(isRefusing: boolean): void;
  /** What is open stays open and goes dead: nothing comes through either way, ever again. Those that come are served. */
  silence(): void;
  close(): Promise<void>;
}

/** One client and the connection that it has to the relay by us. */
interface Link {
  readonly client: WebSocket;
  readonly relay: WebSocket;
  readonly lanes: readonly FrameLane[];
}

/** Longer messages than any relay takes; the real one decides on the rest. */
const MAX_FRAME_BYTES = 4_194_304;

/** Opens a proxy on a free port of this machine; `random` draws what each weather does to which frame. */
export async function openFaultyRelay(relayUrl: string, random: () => number): Promise<FaultyRelay> {
  const counts: FaultCounts = { cut: 0, refused: 0, silenced: 0, repeated: 0, swapped: 0, lost: 0 };
  const links = new Set<Link>();
  let weather = FAIR_WEATHER;
  let isRefusing = false;

  const admit = (_: { req: IncomingMessage }, answer: (isIn: boolean, code?: number) => void) => {
    if (isRefusing) counts.refused += 1;
    answer(!isRefusing, 503);
  };
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    verifyClient: admit,
    autoPong: false, // the relay answers for itself, or nobody does
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');

  server.on('connection', (client) => {
    const relay = new WebSocket(relayUrl, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });
    const opened = new Promise<void>((resolve) => relay.once('open', resolve));
    const told = { random, weather: () => weather, onFault: (fault: LaneFault) => (counts[fault] += 1) };
    const up = new FrameLane({ ...told, isOrdered: true, send: (frame) => sendOn(relay, frame), opened });
    const down = new FrameLane({ ...told, isOrdered: false, send: (frame) => sendOn(client, frame), opened });
    const link: Link = { client, relay, lanes: [up, down] };
    links.add(link);
    const end = () => {
      links.delete(link);
      endLink(link);
    };
    client.on('message', (data: Buffer) => up.push(data.toString()));
    relay.on('message', (data: Buffer) => down.push(data.toString()));
    client.on('ping', () => up.isSilent || relay.readyState !== WebSocket.OPEN || relay.ping());
    relay.on('pong', () => down.isSilent || client.readyState !== WebSocket.OPEN || client.pong());
    for (const socket of [client, relay]) socket.on('close', end).on('error', end);
  });

  const cut = () => {
    counts.cut += links.size;
    for (const link of links) endLink(link);
    links.clear();
  };
  return {
    url: `ws://127.0.0.1:${address.port}`,
    counts,
    setWeather: (next) => (weather = next),
    cut,
    refuse(next) {
      isRefusing = next;
      if (next) cut();
    },
    silence() {
      counts.silenced += links.size;
      for (const { lanes } of links) for (const lane of lanes) lane.silence();
    },
    async close() {
      cut();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function sendOn(socket: WebSocket, frame: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(frame);
}

function endLink({ client, relay, lanes }: Link): void {
  for (const lane of lanes) lane.close();
  client.terminate();
  relay.terminate();
}
