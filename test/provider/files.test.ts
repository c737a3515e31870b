import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createBlobClient, createMemoryFiles, type KeptFiles } from '../../src/blobs/index.ts';
import {
  storeInputFile,
  type Customer,
  type CustomerOptions,
  type Receipt,
  type SupportedExchange,
  type Wish,
  type WishInput,
} from '../../src/customer/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildFeedback,
  orThrow,
  readFileTag,
  satsToMsat,
  type ExchangeMode,
  type FileReference,
} from '../../src/protocol/index.ts';
import { service, type FileDesk, type JobOutput, type Service } from '../../src/provider/index.ts';
import { buy, openBuyingStage, untilState, WISH, type BuyingStage } from '../customer/stage.ts';
import { openBlobStage, type BlobStage } from '../fixtures/blob-stage.ts';
import { openHttpStage } from '../fixtures/http-stage.ts';
import { openScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
let blobs: BlobStage;
let seller: Seller | null = null;
beforeAll(async () => {
  stage = await openBuyingStage();
  blobs = await openBlobStage();
});
afterEach(async () => {
  blobs.disturb = null;
  await seller?.close();
  await stage.sweep();
});
afterAll(async () => {
  await stage.close();
  await blobs.close();
});

/** Never the same twice: what a server has it is not sent again. */
const newPicture = () => ({
  file: { bytes: new Uint8Array(randomBytes(100_000)), mediaType: 'image/png', name: 'fox.png' },
});
const LONG_TEXT = 'a red fox '.repeat(20_000);

function client() {
  return createBlobClient({ fetch: createGuardedFetch({ allowHosts: [blobs.host], timeoutMs: 20_000 }) });
}
function desk(kept: KeptFiles = createMemoryFiles(10_000_000)): FileDesk {
  return { client: client(), servers: [blobs.url], kept };
}
function customerFiles(kept = createMemoryFiles(10_000_000)): Pick<CustomerOptions, 'files'> {
  return { files: { client: client(), kept, keptUnpaid: createMemoryFiles(10_000_000) } };
}
async function sell(output: JobOutput, exchanges: readonly ExchangeMode[], files: FileDesk | null = desk()) {
  const free = exchanges.includes('free');
  const picturing = service({
    kind: 5050,
    priceSats: free ? 0 : 5,
    exchanges,
    usualSeconds: 1,
    worstSeconds: 20,
    handler: async () => output,
  });
  const trusted = { workUnpaidUpToMsat: satsToMsat(10), deliverUnpaidUpToMsat: satsToMsat(10) };
  seller = await openSeller(stage, [picturing], { files, trust: () => trusted });
  return seller;
}
/** Lets the time of a purchase run out, and has its customer look at the clock: it hears something of its provider. */
async function passDeadline(customer: Customer, requestId: string): Promise<void> {
  stage.clock.aheadSeconds += 200;
  const request = (await customer.get(requestId))?.request;
  if (seller === null || request === undefined) throw new Error('There is no purchase.');
  const createdAt = Math.floor(Date.now() / 1000);
  const words = buildFeedback({ request, status: 'processing', info: 'done', createdAt });
  await stage.openPool().publish(await seller.signer.sign(words), [stage.relayUrl]);
}
async function untilSettled(customer: Customer, requestId: string): Promise<void> {
  const isSettled = async () => expect((await customer.get(requestId))?.preimage).not.toBe(null);
  await vi.waitFor(isSettled, { timeout: 20_000 });
}
async function bought(wish: Partial<Wish> = {}): Promise<Receipt> {
  const customer = stage.openCustomer(customerFiles());
  return orThrow(await (await buy(customer, wish)).result());
}

it.each<[SupportedExchange, boolean]>([
  ['hold', true],
  ['reveal', false],
  ['sample', false],
  ['postpay', false],
])('sells a file by %s, encrypted: %s', async (mode, encrypted) => {
  const picture = newPicture();
  const { signer } = await sell(picture, [mode]);
  const wish = encrypted ? { encrypted: true as const, targets: [signer.pubkey] } : {};
  const receipt = await bought({ ...wish, exchanges: [mode] });
  expect(receipt.file).toMatchObject(picture.file);
  expect(receipt.content).toBe(receipt.file?.url);
  expect(receipt.exchange).toBe(mode);
  // Who learns the address without the key has nothing: only what is free to read stands there as it is.
  const stored = new Uint8Array(await (await fetch(receipt.file?.url ?? '')).arrayBuffer());
  expect(Buffer.from(stored).equals(picture.file.bytes)).toBe(mode === 'postpay');
  const said = readFileTag(receipt.resultEvent.tags);
  expect(said?.encryption ?? null).toEqual(mode === 'sample' ? expect.anything() : null);
  expect(receipt.resultEvent.content.includes(blobs.url)).toBe(mode === 'postpay' || mode === 'sample');
});

it('sells text that relays would refuse as a file, and hands it over as text', async () => {
  await sell({ content: LONG_TEXT, mediaType: 'text/markdown' }, ['free']);
  const receipt = await bought();
  expect(receipt.content).toBe(LONG_TEXT);
  expect(receipt.file?.mediaType).toBe('text/markdown');
  expect(JSON.stringify(receipt.resultEvent).length).toBeLessThan(10_000);
});

it('inlines small files where there is no server for them, and fails larger ones', async () => {
  const small = {
    file: { bytes: new Uint8Array([1, 2, 3]), mediaType: 'image/gif' },
    content: 'Three bytes.',
  };
  await sell(small, ['free'], null);
  expect((await bought()).content).toBe('Three bytes.\ndata:image/gif;base64,AQID');
  await seller?.close();
  const failing = await sell(newPicture(), ['free'], null);
  await buy(stage.openCustomer());
  expect((await failing.until(({ work }) => work === 'failed')).failure?.code).toBe('result-too-large');
});

it('waits for a server that takes the file, and publishes nothing before', async () => {
  let refused = 0;
  blobs.disturb = ({ method }) =>
    method === 'PUT' && refused++ < 1 ? new Response(null, { status: 503 }) : null;
  const picture = newPicture();
  const { troubles } = await sell(picture, ['hold']);
  expect((await bought()).file?.bytes).toEqual(picture.file.bytes);
  expect(troubles.map(({ code }) => code)).toContain('blob-unreachable');
});

it('does not count a result as delivered whose file is gone, until its provider stores it again', async () => {
  const picture = newPicture();
  await sell(picture, ['hold']);
  // Everything that was stored is lost until the provider is asked: it stores the file again.
  let isLost = true;
  let stores = 0;
  blobs.disturb = ({ method }) => {
    if (method === 'PUT' && ++stores === 2) isLost = false;
    return isLost && method !== 'PUT' ? new Response(null, { status: 404 }) : null;
  };
  const customer = stage.openCustomer(customerFiles());
  const purchase = await buy(customer);
  await untilState(customer, purchase.requestId, 'paid');
  try {
    await passDeadline(customer, purchase.requestId);
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'result-unreadable', data: { reason: 'blob-missing' } },
    });
    const again = await customer.resend(purchase.requestId, { timeoutMs: 20_000 });
    expect(again).toMatchObject({ ok: true, value: { source: 'provider', file: picture.file } });
    await untilState(customer, purchase.requestId, 'received');
  } finally {
    stage.clock.aheadSeconds -= 200;
  }
});

it('finds a file again that was bought: where it was kept, or by having its provider store it again', async () => {
  const picture = newPicture();
  await sell(picture, ['hold']);
  const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
  const first = stage.openCustomer({ ...customerFiles(), ...own });
  const purchase = await buy(first);
  expect(orThrow(await purchase.result()).file).toMatchObject(picture.file);
  await untilSettled(first, purchase.requestId);
  let isLost = true;
  blobs.disturb = ({ method }) => {
    if (method === 'PUT') isLost = false;
    return isLost ? new Response(null, { status: 404 }) : null;
  };
  const kept = await first.resend(purchase.requestId);
  expect(kept).toMatchObject({ ok: true, value: { source: 'ledger', file: picture.file } });
  await first.close();
  const onNewDisk = stage.openCustomer({ ...customerFiles(), ...own });
  const again = await onNewDisk.resend(purchase.requestId, { timeoutMs: 20_000 });
  expect(again).toMatchObject({ ok: true, value: { source: 'provider', file: picture.file } });
});

it('keeps a file that was paid for, however many come for nothing', async () => {
  const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
  const roomForOne = createMemoryFiles(150_000);
  const customer = stage.openCustomer({ ...customerFiles(roomForOne), ...own });
  const picture = newPicture();
  await sell(picture, ['reveal']); // fetched before it is paid
  const paid = await buy(customer, { exchanges: ['reveal'] });
  expect(orThrow(await paid.result()).file).toMatchObject(picture.file);
  await untilSettled(customer, paid.requestId);
  await seller?.close();
  await sell(newPicture(), ['free']);
  const free = await buy(customer);
  const { file } = orThrow(await free.result());
  blobs.disturb = () => new Response(null, { status: 404 });
  for (const { requestId, bytes } of [
    { requestId: paid.requestId, bytes: picture.file.bytes },
    { requestId: free.requestId, bytes: file?.bytes },
  ])
    expect(await customer.resend(requestId)).toMatchObject({
      ok: true,
      value: { source: 'ledger', file: { bytes } },
    });
});

it('is paid by a customer that cancels when the file can be read already', async () => {
  const go = Promise.withResolvers<Response>();
  const slow = await openHttpStage(() => go.promise);
  const fetch = createGuardedFetch({ allowHosts: [blobs.host, slow.host], timeoutMs: 20_000 });
  const thief = await openScriptedCustomer(stage);
  try {
    const servers = [blobs.url, slow.origin];
    const files = { ...desk(), client: createBlobClient({ fetch }), servers };
    const selling = await sell(newPicture(), ['hold'], files);
    const before = blobs.requests.length;
    const request = await thief.request(5050, { exchanges: ['hold'] });
    const paid = thief.pay((await thief.feedback(request, 'payment-required')).bolt11);
    const isStored = () => expect(blobs.requests.slice(before)).toContain('PUT /upload 201');
    await vi.waitFor(isStored, { timeout: 20_000 });
    await thief.cancel(request);
    await thief.feedback(await thief.request(5050, { exchanges: ['hold'] }), 'payment-required'); // it was heard
    go.resolve(new Response(null, { status: 503 }));
    const end = await selling.until(({ requestId, money }) => requestId === request.id && isEnd(money));
    expect([end.work, end.money]).toEqual(['delivered', 'settled']);
    await paid;
  } finally {
    go.resolve(new Response(null, { status: 503 }));
    thief.close();
    await slow.close();
  }
});
const isEnd = (money: string) => ['settled', 'released'].includes(money);

it('takes no file for a result that is not what it was said to be', async () => {
  await sell(newPicture(), ['free']);
  blobs.disturb = ({ method }) => (method === 'GET' ? new Response('something else') : null);
  const customer = stage.openCustomer(customerFiles());
  const before = blobs.requests.length;
  const purchase = await buy(customer);
  const isFetched = () => expect(blobs.requests.slice(before).join()).toContain('GET');
  await vi.waitFor(isFetched, { timeout: 20_000 });
  try {
    await passDeadline(customer, purchase.requestId);
    expect(JSON.stringify(await purchase.result())).toContain('result-unreadable');
  } finally {
    stage.clock.aheadSeconds -= 200;
  }
});

/** A file as somebody stores it for a job, encrypted unless told; it is never the same twice. */
async function storedInput(encrypted = true) {
  const bytes = new Uint8Array(randomBytes(50_000));
  const signer = secretKeySigner(generateSecretKey());
  const to = {
    client: client(),
    servers: [blobs.url],
    signer,
    encrypted,
    signal: AbortSignal.timeout(20_000),
  };
  const file = { bytes, mediaType: 'audio/ogg', name: 'a secret.ogg' };
  return { bytes, input: orThrow(await storeInputFile(file, to)) };
}
/** Sells what it finds in its inputs: their bytes in hex, and their types. */
async function sellReading(told: Pick<Service, 'quotedByHand' | 'opensFilesByHand'> = {}) {
  const reading = service({
    kind: 5050,
    priceSats: 0,
    exchanges: ['free'],
    usualSeconds: 1,
    worstSeconds: 20,
    handler: async ({ inputs }) =>
      inputs.map(({ bytes, mediaType }) => `${mediaType} ${Buffer.from(bytes).toString('hex')}`).join(),
  });
  const fetchInput = createGuardedFetch({ allowHosts: [blobs.host], timeoutMs: 20_000 });
  seller = await openSeller(stage, [{ ...reading, ...told }], { fetchInput, files: desk() });
  return seller;
}
/** The input with something else said of its file. */
function saying(input: WishInput, said: Partial<FileReference>): WishInput {
  if (typeof input === 'string' || input.file === undefined) throw new Error('It is no file.');
  return { ...input, file: { ...input.file, ...said } };
}

it('works on a file of an encrypted job that nobody else can read', async () => {
  const { signer } = await sellReading();
  const { bytes, input } = await storedInput();
  const before = blobs.requests.length;
  const receipt = await bought({ inputs: [input], encrypted: true, targets: [signer.pubkey] });
  expect(receipt.content).toBe(`audio/ogg ${Buffer.from(bytes).toString('hex')}`);
  expect(blobs.requests.slice(before).some((line) => line.startsWith('GET'))).toBe(true);
  const { url = '', encryption } = typeof input === 'string' ? {} : (input.file ?? {});
  const stored = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect([stored.length, stored.includes(Buffer.from(bytes.subarray(0, 32)))]).toEqual([
    bytes.length + 16,
    false,
  ]);
  const shown = JSON.stringify(receipt.resultEvent);
  for (const secret of [encryption?.key ?? url, url, 'a secret.ogg']) expect(shown).not.toContain(secret);
});

it.each<[string, (input: WishInput) => WishInput, string]>([
  ['has other bytes', (input) => saying(input, { sha256: 'ab'.repeat(32) }), 'input-mismatch'],
  [
    'is opened by another key',
    (input) => saying(input, { encryption: { key: 'cd'.repeat(32), nonce: 'ef'.repeat(12) } }),
    'input-locked',
  ],
  ['is too large', (input) => saying(input, { size: 10_000_017 }), 'input-too-large'],
])('refuses a file that %s', async (_, change, code) => {
  const reading = await sellReading();
  const { input } = await storedInput();
  await buy(stage.openCustomer(), {
    inputs: [change(input)],
    encrypted: true,
    targets: [reading.signer.pubkey],
  });
  expect((await reading.until(({ work }) => work === 'failed')).failure?.code).toBe(code);
});

it('finds a file where else it is stored, and takes no file in clear that is not the one that is meant', async () => {
  const { signer } = await sellReading();
  const { bytes, input } = await storedInput();
  const data = `${blobs.url}/${'0'.repeat(64)}.bin`;
  const { url } = typeof input === 'string' ? { url: '' } : (input.file ?? { url: '' });
  const elsewhere = saying(input, { url: data, fallbacks: [url] });
  const wish = { encrypted: true as const, targets: [signer.pubkey] };
  const moved = typeof elsewhere === 'string' ? elsewhere : { ...elsewhere, data };
  expect((await bought({ ...wish, inputs: [moved] })).content).toContain(Buffer.from(bytes).toString('hex'));

  const open = await storedInput(false);
  expect(await stage.openCustomer().buy({ ...WISH, inputs: [input] })).toMatchObject({
    ok: false,
    failure: { code: 'invalid-wish', data: { field: 'inputs' } },
  });
  expect((await bought({ inputs: [open.input] })).content).toContain(Buffer.from(open.bytes).toString('hex'));
});

it('says which services open encrypted files, and turns them down where a person would get the ciphertext', async () => {
  const announced = async ({ pubkey }: { readonly pubkey: string }) => {
    const query = async () =>
      (
        await stage.openPool().query([stage.relayUrl], [{ kinds: [31990], authors: [pubkey] }], {
          signal: AbortSignal.timeout(20_000),
        })
      )[0]?.content;
    await vi.waitFor(async () => expect(await query()).toBeDefined(), { timeout: 20_000 });
    return JSON.parse((await query()) ?? '{}') as unknown;
  };
  const machine = await sellReading();
  expect(await announced(machine.signer)).toMatchObject({ supportsEncryptedFiles: true });
  await machine.close();
  const helped = await sellReading({ quotedByHand: true, opensFilesByHand: true });
  expect(await announced(helped.signer)).toMatchObject({ supportsEncryptedFiles: true });
  await helped.close();
  const person = await sellReading({ quotedByHand: true });
  expect(await announced(person.signer)).not.toHaveProperty('supportsEncryptedFiles');
  const { input } = await storedInput();
  const wish = { inputs: [input], encrypted: true as const, targets: [person.signer.pubkey] };
  const refused = await (await buy(stage.openCustomer(), wish)).result();
  expect(JSON.stringify(refused)).toContain('input-unsupported');
});
