import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import type { SqliteStore } from '../../store/index.ts';
import { inputFeeOf, worthOf, type MintKeyset, type MintKeysets } from './keysets.ts';
import type { MeltQuotes } from './melt-quotes.ts';
import type { MintQuotes } from './mint-quotes.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';
import { readRequest, REQUESTS } from './requests.ts';
import { restoreSignatures, signOutputs, type BlindSignature } from './signing.ts';
import { checkStates, takeInputs } from './spending.ts';

const MAX_REQUEST_BYTES = 1 << 20;

/** What the routes work on. */
export interface MintParts {
  readonly store: SqliteStore;
  readonly keysets: MintKeysets;
  readonly mintQuotes: MintQuotes;
  readonly meltQuotes: MeltQuotes;
}

/** The mint's HTTP interface: NUT-00 to NUT-09, NUT-11, NUT-12 and NUT-14. */
export function mintRoutes(parts: MintParts): Hono {
  const { keysets, mintQuotes, meltQuotes } = parts;
  const app = new Hono();
  app.use(cors()); // wallets are pages too, of any origin, and nothing here is by cookie
  app.use(bodyLimit({ maxSize: MAX_REQUEST_BYTES }));
  app.get('/v1/info', (context) => context.json(information(keysets)));
  app.get('/v1/keysets', (context) => context.json({ keysets: keysets.all.map(withoutKeys) }));
  app.get('/v1/keys', (context) =>
    context.json({ keysets: keysets.all.filter(({ isActive }) => isActive).map(withKeys) }),
  );
  app.get('/v1/keys/:id', (context) =>
    context.json({ keysets: [withKeys(keysets.get(context.req.param('id')))] }),
  );
  app.post('/v1/swap', async (context) => {
    const signatures = await swap(parts, await context.req.json());
    return context.json({ signatures });
  });
  app.post('/v1/mint/quote/bolt11', async (context) => {
    const { amount, unit, description } = readRequest(REQUESTS.mintQuote, await context.req.json());
    assertSat(unit);
    return context.json(await mintQuotes.create(amount, description ?? 'play money'));
  });
  app.get('/v1/mint/quote/bolt11/:quote', async (context) =>
    context.json(await mintQuotes.look(context.req.param('quote'))),
  );
  app.post('/v1/mint/bolt11', async (context) => {
    const { quote, outputs } = readRequest(REQUESTS.mint, await context.req.json());
    return context.json({ signatures: await mintQuotes.issue(quote, outputs) });
  });
  app.post('/v1/melt/quote/bolt11', async (context) => {
    const { request, unit } = readRequest(REQUESTS.meltQuote, await context.req.json());
    assertSat(unit);
    return context.json(await meltQuotes.create(request));
  });
  app.get('/v1/melt/quote/bolt11/:quote', async (context) =>
    context.json(await meltQuotes.look(context.req.param('quote'))),
  );
  app.post('/v1/melt/bolt11', async (context) => {
    const { quote, inputs, outputs } = readRequest(REQUESTS.melt, await context.req.json());
    return context.json(await meltQuotes.pay(quote, inputs, outputs ?? []));
  });
  app.post('/v1/checkstate', async (context) => {
    const { Ys } = readRequest(REQUESTS.checkState, await context.req.json());
    return context.json({ states: checkStates(parts.store.db, Ys) });
  });
  app.post('/v1/restore', async (context) => {
    const { outputs } = readRequest(REQUESTS.restore, await context.req.json());
    return context.json(restoreSignatures(parts.store.db, outputs));
  });
  app.onError((error, context) => {
    if (error instanceof MintRefusal) return context.json({ code: error.code, detail: error.message }, 400);
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof SyntaxError)
      return context.json({ code: REFUSALS.malformed, detail: 'The request is not JSON.' }, 400);
    return context.json({ code: 0, detail: 'The mint failed.' }, 500);
  });
  return app;
}

/** New ecash for old (NUT-03), in one transaction. */
async function swap({ store, keysets }: MintParts, body: unknown): Promise<BlindSignature[]> {
  const { inputs, outputs } = readRequest(REQUESTS.swap, body);
  if (worthOf(inputs) - inputFeeOf(inputs, keysets) !== worthOf(outputs))
    throw new MintRefusal(REFUSALS.unbalanced, 'Inputs less fees are not worth the outputs');
  return store.write((db) => {
    takeInputs(db, keysets, inputs, { state: 'SPENT' });
    return signOutputs(db, keysets, outputs);
  });
}

function assertSat(unit: string): void {
  if (unit !== 'sat') throw new MintRefusal(REFUSALS.unsupportedUnit, 'Unit is not supported: use sat');
}

function withoutKeys({ id, isActive, inputFeePpk }: MintKeyset) {
  return { id, unit: 'sat', active: isActive, input_fee_ppk: inputFeePpk };
}

function withKeys(keyset: MintKeyset) {
  return { ...withoutKeys(keyset), keys: keyset.publicKeys };
}

function information(keysets: MintKeysets) {
  const methods = [{ method: 'bolt11', unit: 'sat' }];
  const supported = { supported: true };
  return {
    name: 'coinop play-money mint (regtest)',
    description: 'Play money on a private regtest chain: worth nothing anywhere.',
    pubkey: keysets.all[0]?.publicKeys['1'],
    version: 'coinop/0.1',
    nuts: {
      4: { methods, disabled: false },
      5: { methods, disabled: false },
      7: supported,
      8: supported,
      9: supported,
      10: supported,
      11: supported,
      12: supported,
      14: supported,
    },
  };
}
