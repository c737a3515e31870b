import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBlobStage, type BlobStage } from '../../../test/fixtures/blob-stage.ts';
import { unixNow } from '../../clock/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../keys/index.ts';
import { sha256Hex, signBlobAuthorization } from '../index.ts';

const BODY = new TextEncoder().encode('a fox');

let stage: BlobStage;
const slow = new Set<() => void>();

afterEach(async () => {
  for (const stop of slow) stop();
  slow.clear();
  await stage.close();
});

const newKey = () => secretKeySigner(generateSecretKey());

async function headersOf(signer: Signer, bytes = BODY): Promise<Record<string, string>> {
  const sha256 = sha256Hex(bytes);
  const permission = { action: 'upload', sha256, servers: [stage.url], now: unixNow() } as const;
  return { authorization: await signBlobAuthorization(signer, permission), 'x-sha-256': sha256 };
}

async function upload(signer: Signer): Promise<number> {
  const answer = await fetch(`${stage.url}/upload`, {
    method: 'PUT',
    body: BODY,
    headers: await headersOf(signer),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** Begins an upload whose bytes stop after the first; the status that it is answered with. */
async function uploadSlowly(signer: Signer): Promise<number | undefined> {
  const headers = await headersOf(signer);
  return new Promise((resolve, reject) => {
    const sending = httpRequest(`${stage.url}/upload`, { method: 'PUT', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sending.on('error', reject);
    sending.write('a');
    slow.add(() => sending.destroy());
  });
}

describe('who uploads to the server', () => {
  it('has so much time, and leaves nothing behind afterwards', async () => {
    stage = await openBlobStage({ uploadTimeoutMs: 200 });
    expect(await uploadSlowly(newKey())).toBe(408);
    await vi.waitFor(async () => expect(await readdir(join(stage.dir, 'incoming'))).toEqual([]), {
      timeout: 20_000,
    });
    expect(await upload(newKey())).toBe(201);
  });

  it('keeps others from nothing by sending slowly', async () => {
    stage = await openBlobStage();
    const signer = newKey();
    for (let begun = 0; begun < 16; begun += 1) void uploadSlowly(signer).catch(() => undefined);
    const underWay = async () => expect(await readdir(join(stage.dir, 'incoming'))).toHaveLength(16);
    await vi.waitFor(underWay, { timeout: 20_000 });
    expect(await upload(signer)).toBe(503);
    expect(await upload(newKey())).toBe(201);
  });

  it('is on the list of the operator, where there is one', async () => {
    const served = newKey();
    stage = await openBlobStage({ mayUpload: (pubkey) => pubkey === served.pubkey });
    expect(await upload(newKey())).toBe(403);
    expect(await upload(served)).toBe(201);
  });

  it('is one of so many owners of a file', async () => {
    const limits = { ownersPerBlob: 2 };
    stage = await openBlobStage({ limits });
    const first = newKey();
    expect([await upload(first), await upload(newKey()), await upload(newKey())]).toEqual([201, 200, 429]);
    expect(await upload(first)).toBe(200);
  });
});
