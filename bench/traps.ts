/** Addresses that keep whoever fetches them busy, or blow up in its hands. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { makePdfBomb, makeZip } from '../test/fixtures/documents.ts';
import { newKey, request, type Target } from '../test/hostile/floods.ts';

/** Where the traps are, for this machine alone. */
export interface TrapServer {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  close(): Promise<void>;
}

const DRIP_EVERY_MS = 50;

/** Serves a body that never ends, and documents that unfold into half a gigabyte. */
export async function serveTraps(): Promise<TrapServer> {
  const empty = Buffer.alloc(100_000_000);
  const documents: Readonly<Record<string, Uint8Array>> = {
    '/zip': makeZip([
      { name: '[Content_Types].xml', content: Buffer.from('<Types/>') },
      { name: 'word/document.xml', content: empty },
    ]),
    '/pdf': makePdfBomb(500_000_000),
  };
  const server = createServer(({ url = '' }, response) => {
    const document = documents[url];
    if (document !== undefined) return response.end(document);
    const dripping = setInterval(() => response.write('.'), DRIP_EVERY_MS);
    return response.on('close', () => clearInterval(dripping));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    host: `127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The floods of requests that lead there: for words, and for the text of a document. */
export function trapFloods(
  host: string,
  kinds: { readonly fetchedKind: number; readonly documentKind: number },
) {
  const lead = (name: string, kind: number, path: string) => ({
    name,
    make: (target: Target, count: number) =>
      Promise.all(
        Array.from({ length: count }, () => {
          const input = { data: `http://${host}/${path}`, type: 'url', relay: null, marker: null };
          return request(target, newKey(), { kind, inputs: [input] });
        }),
      ),
  });
  return [
    lead('addresses whose body never ends', kinds.fetchedKind, 'drip'),
    lead('ZIP bombs', kinds.documentKind, 'zip'),
    lead('PDF bombs', kinds.documentKind, 'pdf'),
  ];
}
