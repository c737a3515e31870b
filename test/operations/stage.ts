import { request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { createLog, startOperations, type OperationsOptions } from '../../src/operations/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { startProvider, type Service } from '../../src/provider/index.ts';
import type { BuyingStage } from '../customer/stage.ts';

export const TOKEN = 'a-token-that-only-operators-know-1234567890';

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>;

/** A provider that is watched, with its pages on a port. */
export async function openWatched(
  stage: BuyingStage,
  services: readonly Service[],
  told: Partial<OperationsOptions['account']> = {},
) {
  const lines: Line[] = [];
  const stopping = new AbortController();
  const account = {
    signer: secretKeySigner(generateSecretKey()),
    ledger: stage.openLedger(),
    wallet: stage.bank.wallet('alice'),
    relays: stage.openPool(),
    relayUrls: [stage.relayUrl],
    now: () => Math.floor(Date.now() / 1000),
    ...told,
  };
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => lines.push(JSON.parse(line) as Line),
    secrets: [TOKEN],
  });
  const operations = orThrow(
    await startOperations({
      account,
      services,
      log,
      version: '1.2.3',
      admin: { host: '127.0.0.1', port: 0, token: TOKEN, hostNames: ['coinop.internal'] },
      signal: stopping.signal,
    }),
  );
  const provider = orThrow(
    await startProvider({
      ...account,
      wallet: operations.wallet,
      relays: operations.relays,
      access: operations.access(),
      onChange: operations.onChange,
      onTrouble: operations.onTrouble,
      services,
      limits: { leaseSeconds: 3, sweepSeconds: 1 },
    }),
  );
  const url = operations.adminUrl ?? '';
  return {
    account,
    provider,
    operations,
    lines,
    url,
    stopping,
    async close() {
      await provider.close({ graceMs: 0 });
      await operations.close();
    },
  };
}

/** A watched provider. */
export type Watched = Awaited<ReturnType<typeof openWatched>>;

/** What a page answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Asks a page with any headers at all, the token among them unless told otherwise. */
export async function ask(
  url: string,
  path: string,
  told: {
    readonly method?: 'GET' | 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly token?: string | null;
  } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, token = TOKEN } = told;
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const answered = Promise.withResolvers<Answer>();
  const asking = request(
    `${url}${path}`,
    { method, headers: { ...authorization, ...headers } },
    (response) => {
      void readAll(response).then((text) => {
        const isJson = response.headers['content-type'] === 'application/json';
        answered.resolve({
          status: response.statusCode ?? 0,
          body: text,
          json: isJson ? (JSON.parse(text) as Answer['json']) : {},
        });
      }, answered.reject);
    },
  );
  asking.on('error', answered.reject);
  asking.end(body);
  return answered.promise;
}
