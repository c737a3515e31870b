import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import { buildOperatorStatement, OPERATOR_STATEMENT_KIND } from '../../src/protocol/index.ts';
import { openDirectoryStage, person, type DirectoryStage } from './stage.ts';

let stage: DirectoryStage;

beforeAll(async () => {
  stage = await openDirectoryStage();
});

afterAll(() => stage.close());

const says = (by: Signer, about: Signer, stands = true, secondsAgo = 10) =>
  stage.publish(
    by,
    buildOperatorStatement({ workerPubkey: about.pubkey, stands, createdAt: stage.now - secondsAgo }),
  );
const operatorsOf = async (provider: Signer) => (await stage.directory().provider(provider.pubkey)).operators;

test('who runs a provider is proven by both keys, and claimed by one', async () => {
  const [owner, linked, boaster, plain] = [person(), person(), person(), person()] as const;
  await stage.announce(linked, { operatorPubkey: owner.pubkey });
  await stage.announce(boaster, { operatorPubkey: owner.pubkey });
  await stage.announce(plain);
  await says(owner, linked);
  await says(owner, plain);
  expect(await operatorsOf(linked)).toEqual([{ pubkey: owner.pubkey, isProven: true }]);
  expect(await operatorsOf(boaster)).toEqual([{ pubkey: owner.pubkey, isProven: false }]);
  expect(await operatorsOf(plain)).toEqual([]);
});

test('a statement that was taken back, or deleted, proves nothing any more', async () => {
  const [owner, dismissed, deleted] = [person(), person(), person()] as const;
  for (const worker of [dismissed, deleted]) {
    await stage.announce(worker, { operatorPubkey: owner.pubkey });
    await says(owner, worker);
  }
  await says(owner, dismissed, false, 5);
  const address = `${OPERATOR_STATEMENT_KIND}:${owner.pubkey}:coinop/worker/${deleted.pubkey}`;
  await stage.publish(owner, { kind: 5, created_at: stage.now, tags: [['a', address]], content: '' });
  for (const worker of [dismissed, deleted])
    expect(await operatorsOf(worker)).toEqual([{ pubkey: owner.pubkey, isProven: false }]);
});
