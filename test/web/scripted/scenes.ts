import type { ListedService } from '../../../src/directory/index.ts';
import { msat } from '../../../src/protocol/index.ts';
import { BENCHES } from './benches.ts';
import { ASKING } from './asking.ts';
import { ECASH } from './ecash.ts';
import { JOBS } from './jobs.ts';
import { LONG_LISTS } from './long-lists.ts';
import { NOW, PROVIDER, runWith, service, signedIn, type DeliveredParts, type Scene } from './parts.ts';
import { PAYING } from './paying.ts';
import { SCREENS } from './screens.ts';

/** Markup that would show that it was taken for markup: each way sets `pwned`. */
export const MARKUP =
  '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>' +
  '<svg onload="globalThis.pwned=1"></svg><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>';

/** A right-to-left override and its friends: what is read is not what is there. */
export const DISGUISED = 'invoice\u202Efdp.exe\u2066\u200B\u0007';

export const SCENES: Readonly<Record<string, () => Scene>> = {
  ...BENCHES,
  ...ASKING,
  ...ECASH,
  ...JOBS,
  ...LONG_LISTS,
  ...PAYING,
  ...SCREENS,
  'markup-text': () => resultScene({ content: MARKUP, mediaType: 'text/plain' }),
  'markup-markdown': () =>
    resultScene({
      mediaType: 'text/markdown',
      content: [
        '# Title',
        MARKUP,
        '[script](javascript:globalThis.pwned=1) [page](data:text/html,<script>pwned=1</script>)',
        '[good](https://example.com/page) [vb](vbscript:msgbox) [file](file:///etc/passwd)',
        '![tracker](https://tracker.example/pixel.png)',
        '<a href="javascript:globalThis.pwned=1" onclick="globalThis.pwned=1">html link</a>',
      ].join('\n\n'),
    }),
  'javascript-address': () =>
    resultScene({ content: 'javascript:globalThis.pwned=1', mediaType: 'text/plain' }),
  'web-address': () =>
    resultScene({ content: 'https://example.com/a\nhttps://example.com/b.png', mediaType: 'text/plain' }),
  'giant-text': () => resultScene({ content: 'giant words '.repeat(250_000), mediaType: 'text/plain' }),
  'giant-line': () => resultScene({ content: 'x'.repeat(3_000_000), mediaType: 'text/markdown' }),
  'deep-markdown': () => resultScene({ content: '>'.repeat(60_000), mediaType: 'text/markdown' }),
  'deep-json': () =>
    resultScene({ content: `${'['.repeat(50_000)}${']'.repeat(50_000)}`, mediaType: 'application/json' }),
  'wide-json': () =>
    resultScene({
      mediaType: 'application/json',
      content: JSON.stringify({
        rows: Array.from({ length: 20_000 }, (_, index) => ({ index, html: MARKUP })),
        ['k'.repeat(10_000)]: 'long key',
        ['__proto__x']: DISGUISED,
      }),
    }),
  disguised: () => resultScene({ content: `Open ${DISGUISED} now`, mediaType: 'text/plain' }),
  'huge-picture': () => resultScene(pictureOf(60_000, 60_000)),
  'broken-picture': () => resultScene(pictureOf(20, 20)),
  'html-file': () =>
    resultScene({
      content: '',
      mediaType: 'text/html',
      file: { blob: new Blob([MARKUP], { type: 'text/html' }), name: '../../\u202Egnp.html' },
    }),
  'list-of-10000': () =>
    resultScene({
      mediaType: 'application/json',
      content: JSON.stringify(
        Array.from({ length: 10_000 }, (_, index) => ['p', index.toString(16).padStart(64, '0')]),
      ),
    }),
  'poisoned-words': () => ({
    topics: {
      ...signedIn(`${MARKUP}${DISGUISED}`),
      run: {
        ...runWith(null, MARKUP),
        errors: [
          {
            providerPubkey: PROVIDER,
            code: MARKUP,
            detail: MARKUP.repeat(500),
            conditions: [],
            createdAt: NOW,
          },
        ],
        partials: [{ providerPubkey: PROVIDER, content: `${MARKUP}${'partial '.repeat(40_000)}` }],
        happenings: [
          { at: NOW, what: { type: 'progress', providerPubkey: PROVIDER, note: DISGUISED.repeat(2000) } },
          {
            at: NOW,
            what: { type: 'error', providerPubkey: PROVIDER, code: MARKUP, detail: MARKUP.repeat(500) },
          },
        ],
        invoiceToPay: { bolt11: 'lnbc1"><script>globalThis.pwned=1</script>', amountMsat: msat(1000n) },
      },
    },
  }),
  'poisoned-services': () => ({
    topics: {
      ...signedIn(`${MARKUP}${DISGUISED}`),
      services: {
        looking: false,
        listing: {
          services: [
            poisonedService(0, MARKUP),
            poisonedService(1, 'N'.repeat(10_000)),
            poisonedService(2, DISGUISED),
          ],
          setAside: [],
          silentRelays: [],
        },
      },
    },
    calls: {
      'directory.provider': {
        ok: true,
        value: {
          pubkey: PROVIDER,
          services: [poisonedService(0, MARKUP)],
          record: poisonedService(0, '').record,
          liveness: poisonedService(0, '').liveness,
          operators: [],
        },
      },
    },
  }),
  'list-action': () =>
    resultScene({
      content: '[]',
      mediaType: 'application/json',
      actions: [
        {
          action: 'unfollow',
          pubkeys: Array.from({ length: 400 }, (_, n) => n.toString(16).padStart(64, '0')),
        },
      ],
    }),
};

function resultScene(result: DeliveredParts): Scene {
  return { topics: { ...signedIn(`${MARKUP}${DISGUISED}`), run: runWith(result, MARKUP) } };
}

/** A PNG that states this size and holds nothing. */
function pictureOf(width: number, height: number): DeliveredParts {
  const head = new DataView(new ArrayBuffer(33));
  head.setUint32(0, 0x89504e47);
  head.setUint32(4, 0x0d0a1a0a);
  head.setUint32(8, 13);
  head.setUint32(12, 0x49484452);
  head.setUint32(16, width);
  head.setUint32(20, height);
  return {
    content: '',
    mediaType: 'image/png',
    file: { blob: new Blob([head.buffer], { type: 'image/png' }), name: null },
  };
}

function poisonedService(index: number, name: string): ListedService {
  return {
    ...service(index, {
      kinds: Array.from({ length: 300 }, (_, kind) => 5000 + kind),
      name,
      about: `${MARKUP}${DISGUISED}${'a'.repeat(20_000)}`,
      picture: 'javascript:globalThis.pwned=1',
      amount: { pricing: 'unknown', msat: null, raw: MARKUP },
      lud16: MARKUP,
      supportsEncryption: true,
      supportsEncryptedFiles: true,
      acceptsNutzaps: false,
      personalized: false,
      subscription: false,
      nip90Params: new Map(
        Array.from({ length: 2000 }, (_, at) => [
          `${MARKUP}${at}`,
          {
            required: false,
            values: Array.from({ length: 500 }, () => DISGUISED),
            description: MARKUP.repeat(100),
          },
        ]),
      ),
      topics: Array.from({ length: 5000 }, () => MARKUP),
      createdAt: 8_640_000_000_001,
    }),
    priceMsat: null,
    relays: Array.from({ length: 8 }, () => MARKUP),
  };
}
