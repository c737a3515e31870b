import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { openRelayStage, type RelayStage } from '../../../test/fixtures/relay-stage.ts';
import { openTestBunker, type TestBunker } from '../../../test/fixtures/test-bunker.ts';
import { unixNow } from '../../clock/index.ts';
import { startRelayServer } from '../../relay-server/index.ts';
import { verifyEvent, type EventTemplate } from '../../protocol/index.ts';
import {
  connectBunker,
  generateSecretKey,
  nip07Signer,
  offerNostrconnect,
  parseBunkerUri,
  resumeBunker,
  secretKeySigner,
  type BunkerOptions,
  type BunkerSession,
  type Nip07Provider,
  type SignerWait,
} from '../index.ts';

const template: EventTemplate = { kind: 1, created_at: 1_700_000_000, tags: [['t', 'x']], content: 'hello' };
const peer = secretKeySigner(generateSecretKey());

let stage: RelayStage;
let closing: AbortController;
let waits: (SignerWait | null)[];

beforeAll(async () => {
  stage = await openRelayStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  closing = new AbortController();
  waits = [];
});
afterEach(() => closing.abort());

describe('a bunker (NIP-46)', () => {
  let bunker: TestBunker;
  beforeEach(async () => {
    bunker = await openTestBunker(stage.openPool(), stage.relay.url);
  });
  afterEach(() => bunker.close());

  const options = (more: Partial<BunkerOptions> = {}): BunkerOptions => ({
    relays: stage.openPool(),
    now: unixNow,
    signal: closing.signal,
    onWait: (wait) => waits.push(wait),
    ...more,
  });
  const connect = async (more: Partial<BunkerOptions> = {}): Promise<BunkerSession> => {
    const connected = await connectBunker(bunker.uri, options(more));
    if (!connected.ok) throw new Error(connected.failure.message);
    return connected.value;
  };

  test('signs and seals as its user, whose key is not the one it is reached by', async () => {
    const { signer, link } = await connect();
    expect(signer.pubkey).toBe(bunker.user.pubkey);
    expect(link.bunkerPubkey).not.toBe(bunker.user.pubkey);
    const event = await signer.sign(template);
    expect(event).toMatchObject({ ...template, pubkey: bunker.user.pubkey });
    expect(verifyEvent(event)).toBe(true);
    const sealed = await signer.nip44.encrypt(peer.pubkey, 'for the peer');
    expect(await peer.nip44.decrypt(signer.pubkey, sealed)).toBe('for the peer');
    const answered = await peer.nip04.encrypt(signer.pubkey, 'for the user');
    expect(await signer.nip04.decrypt(peer.pubkey, answered)).toBe('for the user');
  });

  test('is used again with the kept link, without asking its owner anew', async () => {
    const { link } = await connect();
    const before = bunker.requests.length;
    const resumed = await resumeBunker(structuredClone(link), options());
    expect(resumed).toMatchObject({ ok: true });
    expect(bunker.requests.slice(before).map(({ method }) => method)).toEqual(['get_public_key']);
    if (resumed.ok) expect(await resumed.value.signer.sign(template)).toMatchObject(template);
  });

  test('that signs as somebody else now is not used again', async () => {
    const { link } = await connect();
    bunker.behave(async ({ method }, honest) =>
      method === 'get_public_key' ? { result: peer.pubkey } : honest(),
    );
    expect(await resumeBunker(link, options())).toMatchObject({ failure: { code: 'signer-false' } });
  });

  test('is asked one thing at a time', async () => {
    const { signer } = await connect();
    const contents = Array.from({ length: 10 }, (_, index) => `event ${index}`);
    const events = await Promise.all(contents.map((content) => signer.sign({ ...template, content })));
    expect(events.map(({ content }) => content)).toEqual(contents);
    expect(bunker.mostAtOnce).toBe(1);
  });

  test('that never answers is given up, and the next question is asked', async () => {
    const { signer } = await connect({ timeoutMs: 2_000 }); // time enough for what is answered
    bunker.behave(async ({ method }, honest) => (method === 'sign_event' ? null : honest()));
    const [signing, sealing] = [signer.sign(template), signer.nip44.encrypt(peer.pubkey, 'text')];
    await expect(signing).rejects.toMatchObject({ code: 'signer-unreachable' });
    expect(await peer.nip44.decrypt(signer.pubkey, await sealing)).toBe('text');
    expect(waits.at(-1)).toBeNull();
  });

  test('is not waited for any longer once the session ends', async () => {
    const { signer } = await connect();
    const asked = Promise.withResolvers<void>();
    bunker.behave(async () => {
      asked.resolve();
      return null;
    });
    const signing = signer.sign(template);
    await asked.promise;
    closing.abort();
    await expect(signing).rejects.toMatchObject({ code: 'signer-unreachable' });
  });

  test.each([
    ['a text', { error: 'denied\u202e by\nowner' }, 'The signer refused: denied  by owner'],
    ['an object', { error: { code: 1 } }, 'The signer refused.'],
  ])('that refuses with %s has denied', async (_what, answer, message) => {
    const { signer } = await connect();
    bunker.behave(async () => answer);
    await expect(signer.sign(template)).rejects.toMatchObject({ code: 'signer-denied', message });
  });

  test.each<[string, (honest: EventTemplate) => Promise<unknown>]>([
    ['other content', async () => bunker.user.sign({ ...template, content: 'pay me' })],
    ['other tags', async () => bunker.user.sign({ ...template, tags: [] })],
    ['another time', async () => bunker.user.sign({ ...template, created_at: 1 })],
    ['another key', async () => peer.sign(template)],
    ['no event', async () => ({})],
  ])('that signs %s is not believed', async (_what, lie) => {
    const { signer } = await connect();
    bunker.behave(async () => ({ result: JSON.stringify(await lie(template)) }));
    await expect(signer.sign(template)).rejects.toMatchObject({ code: 'signer-false' });
  });

  test.each([
    ['as an empty text', { result: '' }],
    ['by leaving it out', {}],
    ['as null', { result: null, error: null }],
  ])('settles when it tells an empty text %s', async (_what, answer) => {
    const { signer } = await connect();
    bunker.behave(async () => answer);
    expect(await signer.nip44.decrypt(peer.pubkey, 'sealed')).toBe('');
  });

  test('can send its owner to a page first, but to nothing else', async () => {
    const approved = Promise.withResolvers<void>();
    bunker.behave(async (request, honest) => {
      if (request.method !== 'sign_event') return honest();
      await bunker.say(request, { result: 'auth_url', error: 'javascript:alert(1)' });
      await bunker.say(request, { result: 'auth_url', error: 'https://signer.example/approve' });
      await approved.promise;
      return honest();
    });
    const { signer } = await connect({
      onWait: (wait) => {
        waits.push(wait);
        if (wait?.approveAt) approved.resolve();
      },
    });
    expect(await signer.sign(template)).toMatchObject(template);
    expect(waits.filter((wait) => wait?.approveAt)).toEqual([
      { method: 'sign_event', approveAt: 'https://signer.example/approve' },
    ]);
  });

  test('with another secret does not let us in', async () => {
    const uri = bunker.uri.replace(/secret=.*/, 'secret=guessed');
    expect(await connectBunker(uri, options())).toMatchObject({ failure: { code: 'signer-denied' } });
  });

  test('behind relays that are gone is unreachable at once; one that lives is enough', async () => {
    const dead = await unusedAddress();
    const gone = bunker.uri.replace(/relay=[^&]*/, `relay=${encodeURIComponent(dead)}`);
    expect(await connectBunker(gone, options())).toMatchObject({ failure: { code: 'signer-unreachable' } });
    const half = `${bunker.uri}&relay=${encodeURIComponent(dead)}`;
    expect(await connectBunker(half, options())).toMatchObject({ ok: true });
  });

  test('is asked again when the relay comes back that took the answer with it', async () => {
    const relay = async (port = 0) => {
      const started = await startRelayServer({
        databasePath: ':memory:',
        verify: async (event) => verifyEvent(event),
        port,
      });
      if (!started.ok) throw new Error(started.failure.message);
      return started.value;
    };
    const first = await relay();
    const relays = stage.openPool(); // shared, so that the bunker is back before it is asked again
    const own = await openTestBunker(relays, first.url);
    const connected = await connectBunker(own.uri, options({ relays }));
    if (!connected.ok) throw new Error(connected.failure.message);
    const asked = Promise.withResolvers<void>();
    own.behave(async () => {
      asked.resolve();
      return null;
    });
    const signing = connected.value.signer.sign(template);
    await asked.promise;
    own.behave((_request, honest) => honest());
    await first.close();
    const second = await relay(Number(new URL(first.url).port));
    expect(await signing).toMatchObject(template);
    own.close();
    await second.close();
  });

  test('takes up an offer that only the one with its secret can take up', async () => {
    const { uri, connected } = offerNostrconnect(
      { relayUrls: [stage.relay.url], name: 'coinop & friends' },
      options(),
    );
    expect(new URL(uri).searchParams.get('name')).toBe('coinop & friends');
    const impostor = await openTestBunker(stage.openPool(), stage.relay.url);
    await impostor.takeUp(uri, { secret: 'guessed' });
    await bunker.takeUp(uri);
    const session = await connected;
    expect(session).toMatchObject({ ok: true, value: { signer: { pubkey: bunker.user.pubkey } } });
    impostor.close();
  });

  test('an offer that nobody takes up ends with its signal', async () => {
    const { connected } = offerNostrconnect({ relayUrls: [stage.relay.url], name: 'coinop' }, options());
    closing.abort();
    expect(await connected).toMatchObject({ failure: { code: 'signer-unreachable' } });
  });

  test('is written as a URI with a key and a relay', () => {
    const key = peer.pubkey;
    const read = (text: string) => parseBunkerUri(text);
    expect(read(` bunker://${key}?relay=wss%3A%2F%2Fa.example&relay=wss://b.example\n`)).toMatchObject({
      value: { bunkerPubkey: key, relayUrls: ['wss://a.example', 'wss://b.example'], secret: null },
    });
    const broken = [
      '',
      `bunker://${key}`,
      `bunker://${key}?relay=https://a.example`,
      `bunker://${key.slice(1)}?relay=wss://a.example`,
      `nostrconnect://${key}?relay=wss://a.example`,
      `bunker://${key}?relay=wss://a.example&secret=${'x'.repeat(5_000)}`,
    ];
    for (const text of broken)
      expect(read(text)).toMatchObject({ failure: { code: 'malformed-bunker-uri' } });
  });
});

describe('an extension (NIP-07)', () => {
  const local = secretKeySigner(generateSecretKey());
  const extension = (more: Partial<Nip07Provider> = {}): Nip07Provider => ({
    getPublicKey: async () => local.pubkey,
    signEvent: (wish) => local.sign(wish),
    nip44: local.nip44,
    nip04: local.nip04,
    ...more,
  });
  const open = async (more: Partial<Nip07Provider> = {}, timeoutMs = 20_000) => {
    const opened = await nip07Signer(extension(more), { signal: closing.signal, timeoutMs });
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  };

  test('signs and seals', async () => {
    const signer = await open();
    expect(verifyEvent(await signer.sign(template))).toBe(true);
    const sealed = await signer.nip44.encrypt(peer.pubkey, 'text');
    expect(await peer.nip44.decrypt(local.pubkey, sealed)).toBe('text');
  });

  test('keeps its hands off our template, and is asked one thing at a time', async () => {
    let atOnce = 0;
    const signer = await open({
      signEvent: async (wish) => {
        atOnce += 1;
        expect(atOnce).toBe(1);
        const event = await local.sign(wish);
        (wish.tags as string[][]).push(['scribbled']);
        atOnce -= 1;
        return event;
      },
    });
    const events = await Promise.all(Array.from({ length: 10 }, () => signer.sign(template)));
    expect(events.every(({ tags }) => tags.length === 1)).toBe(true);
  });

  test('without NIP-44 says so', async () => {
    const signer = await open({ nip44: undefined });
    await expect(signer.nip44.decrypt(peer.pubkey, 'x')).rejects.toMatchObject({
      code: 'signer-lacks-method',
    });
  });

  test('whose owner refuses, that never answers, or lies, is told apart', async () => {
    // What extensions reject with is not always an error.
    const refusing = extension({ getPublicKey: () => Promise.reject('User rejected') });
    expect(await nip07Signer(refusing, { signal: closing.signal })).toMatchObject({
      failure: { code: 'signer-denied', message: 'The signer refused: User rejected' },
    });
    const silent = extension({ getPublicKey: () => Promise.withResolvers<never>().promise });
    expect(await nip07Signer(silent, { signal: closing.signal, timeoutMs: 50 })).toMatchObject({
      failure: { code: 'signer-unreachable' },
    });
    const confused = extension({ getPublicKey: async () => 'npub1' });
    expect(await nip07Signer(confused, { signal: closing.signal })).toMatchObject({
      failure: { code: 'signer-false' },
    });
    const lying = await open({ signEvent: (wish) => local.sign({ ...wish, content: 'other' }) });
    await expect(lying.sign(template)).rejects.toMatchObject({ code: 'signer-false' });
    const odd = await open({ nip44: { encrypt: async () => 7, decrypt: async () => null } });
    await expect(odd.nip44.decrypt(peer.pubkey, 'x')).rejects.toMatchObject({ code: 'signer-false' });
  });

  test('is not asked by more than can wait', async () => {
    const signer = await open({ signEvent: () => Promise.withResolvers<never>().promise });
    const asked = Array.from({ length: 257 }, () => signer.sign(template));
    await expect(asked.at(-1)).rejects.toMatchObject({ code: 'signer-busy' });
    closing.abort();
    for (const answer of asked.slice(0, -1))
      await expect(answer).rejects.toMatchObject({ code: 'signer-unreachable' });
  });
});

/** An address where nobody listens. */
async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}
