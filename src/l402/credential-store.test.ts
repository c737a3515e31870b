import { expect, test } from 'vitest';
import { msat } from '../protocol/index.ts';
import { createMemoryCredentialStore, type L402Credential } from './credential-store.ts';

function credential(scope: string, preimage: string | null, paymentHash = scope): L402Credential {
  return {
    scope,
    preimage,
    paymentHash,
    scheme: 'L402',
    token: 'token',
    bolt11: 'lnbcrt1',
    amountMsat: msat(1n),
    feeLimitMsat: msat(1n),
    expiresAt: 1,
    accepted: false,
  };
}

test('a full store forgets the oldest that is paid, never a payment of unknown fate', async () => {
  const store = createMemoryCredentialStore({ maxCredentials: 2 });
  expect(await store.put(credential('open', null))).toMatchObject({ ok: true });
  expect(await store.put(credential('paid', 'aa'))).toMatchObject({ ok: true });
  expect(await store.put(credential('open too', null))).toMatchObject({ ok: true });
  expect(await store.get('paid')).toBeNull();
  expect(await store.put(credential('one more', null))).toMatchObject({
    failure: { code: 'credential-store-full' },
  });
  expect(await store.put(credential('open', 'aa'))).toMatchObject({ ok: true });
  expect(await store.get('open')).toMatchObject({ preimage: 'aa' });
});

test('a credential is forgotten only with its own payment', async () => {
  const store = createMemoryCredentialStore();
  await store.put(credential('a', 'aa', 'first'));
  await store.put(credential('a', 'bb', 'second'));
  await store.delete('a', 'first');
  expect(await store.get('a')).toMatchObject({ paymentHash: 'second' });
  await store.delete('a', 'second');
  expect(await store.get('a')).toBeNull();
});
