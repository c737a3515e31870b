import { neventEncode, noteEncode, nprofileEncode, npubEncode } from 'nostr-tools/nip19';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { buildProfile, type NostrEvent } from '../../src/protocol/index.ts';
import { encodeLnurl, findRecipient } from '../../src/zaps/index.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';

const ADDRESS = 'ada@pay.example';
const person = secretKeySigner(generateSecretKey());
const stranger = secretKeySigner(generateSecretKey());

let relays: RelayStage;
let note: NostrEvent;
const servers: HttpStage[] = [];

beforeAll(async () => {
  relays = await openRelayStage();
  const createdAt = 1_700_000_000;
  note = await person.sign({ kind: 1, created_at: createdAt, tags: [], content: 'a note' });
  const profile = await person.sign(
    buildProfile({ name: 'Ada', about: '', lud16: ADDRESS, bot: false, createdAt }),
  );
  const empty = await stranger.sign({ kind: 0, created_at: createdAt, tags: [], content: '{"name":"x"}' });
  for (const event of [note, profile, empty]) await relays.openPool().publish(event, [relays.relay.url]);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => relays.close());

function find(text: string) {
  const allowHosts = servers.map(({ host }) => host);
  const finder = {
    fetch: createGuardedFetch({ allowHosts }),
    relays: relays.openPool(),
    relayUrls: [relays.relay.url],
  };
  return findRecipient(finder, text, new AbortController().signal);
}

/** A server whose answer to NIP-05 is this. */
async function serveNames(answer: (request: Request) => Response): Promise<HttpStage> {
  const server = await openHttpStage(answer);
  servers.push(server);
  return server;
}

describe('the recipient of a zap', () => {
  test.each([
    ['npub', () => npubEncode(person.pubkey)],
    ['nostr: and upper case', () => `nostr:${npubEncode(person.pubkey).toUpperCase()}`],
    ['nprofile', () => nprofileEncode({ pubkey: person.pubkey, relays: ['wss://127.0.0.1:1/', 'no relay'] })],
    ['the key in hex', () => person.pubkey],
  ])('is the person of: %s', async (_, text) => {
    expect(await find(text())).toEqual({
      ok: true,
      value: { payTo: ADDRESS, target: { pubkey: person.pubkey } },
    });
  });

  test.each([
    ['note', () => noteEncode(note.id)],
    ['nevent', () => neventEncode({ id: note.id, relays: ['ws://10.0.0.1/'] })],
    ['the id in hex', () => note.id],
  ])('is the author of the event of: %s', async (_, text) => {
    expect(await find(text())).toEqual({ ok: true, value: { payTo: ADDRESS, target: { event: note } } });
  });

  test('of an address is whom its server names', async () => {
    const server = await serveNames((request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== '/.well-known/nostr.json') return new Response('', { status: 404 });
      return Response.json({ names: { [searchParams.get('name') ?? '']: person.pubkey } });
    });
    const address = `Ada@${server.host}`;
    expect(await find(address)).toEqual({
      ok: true,
      value: { payTo: address, target: { pubkey: person.pubkey } },
    });
  });

  test.each([
    ['a word', 'malformed-recipient', () => 'somebody'],
    ['a secret key', 'malformed-recipient', () => 'nsec1'.padEnd(63, 'q')],
    ['an event that no relay has', 'event-not-found', () => noteEncode('ab'.repeat(32))],
    ['a person without a profile', 'address-missing', () => npubEncode('cd'.repeat(32))],
    ['a person without an address', 'address-missing', () => npubEncode(stranger.pubkey)],
    ['an LNURL', 'owner-unknown', () => encodeLnurl('https://pay.example/lnurlp/ada')],
  ])('is nobody: %s', async (_, code, text) => {
    expect(await find(text())).toMatchObject({ failure: { code } });
  });

  test.each([
    ['names others only', () => Response.json({ names: { bob: 'ab'.repeat(32) } })],
    ['names what every object has', () => Response.json({ names: {} })],
    ['names no key', () => Response.json({ names: { constructor: 'npub1' } })],
    ['answers no JSON', () => new Response('<html>')],
    ['does not know', () => new Response('', { status: 404 })],
    ['redirects', ({ url }: Request) => answerOrRedirect(url)],
  ])('of an address is nobody when its server %s', async (_, answer) => {
    const server = await serveNames(answer);
    expect(await find(`constructor@${server.host}`)).toMatchObject({ failure: { code: 'owner-unknown' } });
  });
});

/** Whoever can redirect on a server is not who runs it (NIP-05). */
function answerOrRedirect(url: string): Response {
  return new URL(url).pathname === '/elsewhere'
    ? Response.json({ names: { constructor: person.pubkey } })
    : new Response('', { status: 302, headers: { location: '/elsewhere' } });
}
