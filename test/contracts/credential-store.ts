import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createMemoryCredentialStore,
  type CredentialStore,
  type L402Credential,
} from '../../src/l402/index.ts';
import { msat } from '../../src/protocol/index.ts';

/** A store under test; `reopen` where it outlives the process. */
export interface CredentialsUnderTest {
  readonly store: CredentialStore;
  readonly reopen?: () => Promise<CredentialStore>;
  readonly remove: () => Promise<void>;
}

const PREIMAGE = '5a'.repeat(32);
const MAX_CREDENTIALS = 3;

function credential(scope: string, more: Partial<L402Credential> = {}): L402Credential {
  return {
    scope,
    scheme: 'L402',
    token: 'AgEEc2hvcA==',
    bolt11: 'lnbcrt1example',
    paymentHash: bytesToHex(randomBytes(32)),
    amountMsat: msat(2_100_000_000_000_000_000n),
    feeLimitMsat: msat(5_000n),
    expiresAt: 1_700_000_600,
    preimage: null,
    accepted: false,
    ...more,
  };
}

/** What every store of credentials promises; it is opened for at most `maxCredentials` of them. */
export function credentialStoreContract(
  name: string,
  open: (maxCredentials: number) => Promise<CredentialsUnderTest>,
): void {
  describe(`L402 credentials ${name}`, () => {
    let opened: CredentialsUnderTest;
    let store: CredentialStore;
    beforeEach(async () => {
      opened = await open(MAX_CREDENTIALS);
      ({ store } = opened);
    });
    afterEach(() => opened.remove());

    test('keep what is put, one for each scope', async () => {
      const open1 = credential('https://a GET /', { scheme: 'LSAT' });
      expect(await store.get(open1.scope)).toBeNull();
      await store.put(open1);
      expect(await store.get(open1.scope)).toEqual(open1);
      const paid = { ...open1, preimage: PREIMAGE, accepted: true };
      await store.put(paid);
      expect(await store.get(open1.scope)).toEqual(paid);
      expect(await store.get('https://b GET /')).toBeNull();
    });

    test('forget the credential of one payment, and not what took its place', async () => {
      const first = credential('scope', { preimage: PREIMAGE });
      const second = credential('scope');
      await store.put(first);
      await store.put(second);
      await store.delete('scope', first.paymentHash);
      expect(await store.get('scope')).toEqual(second);
      await store.delete('scope', second.paymentHash);
      expect(await store.get('scope')).toBeNull();
    });

    test('make room by forgetting what was paid longest ago, never a payment of unknown fate', async () => {
      const [unknown, older, newer] = [
        credential('unknown'),
        credential('older', { preimage: PREIMAGE }),
        credential('newer', { preimage: PREIMAGE }),
      ];
      for (const each of [older, unknown, newer]) await store.put(each);
      await store.put({ ...older, accepted: true });
      await store.put(credential('fourth'));
      expect(await store.get('newer')).toBeNull();
      await store.put(credential('fifth'));
      expect(await store.get('older')).toBeNull();
      expect(await store.put(credential('sixth'))).toMatchObject({
        failure: { code: 'credential-store-full' },
      });
      expect(await store.get('unknown')).toEqual(unknown);
      expect(await store.put({ ...unknown, preimage: PREIMAGE })).toMatchObject({ ok: true });
    });

    test('do as the ones in memory do, whatever is asked', async () => {
      const scope = fc.constantFrom('a', 'b', 'c', 'd', 'e');
      const step = fc.oneof(
        fc.record({ scope, do: fc.constant('put'), paid: fc.boolean(), hash: fc.nat(2) }),
        fc.record({ scope, do: fc.constant('delete'), paid: fc.constant(false), hash: fc.nat(2) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const fresh = await open(MAX_CREDENTIALS);
          const model = createMemoryCredentialStore({ maxCredentials: MAX_CREDENTIALS });
          try {
            for (const { scope: at, do: what, paid, hash } of steps) {
              const paymentHash = String(hash).repeat(64);
              const put = credential(at, { paymentHash, preimage: paid ? PREIMAGE : null });
              const done = [model, fresh.store].map((each) =>
                what === 'put' ? each.put(put) : each.delete(at, paymentHash),
              );
              const [expected, answered] = await Promise.all(done);
              expect(answered).toEqual(expected);
              for (const known of ['a', 'b', 'c', 'd', 'e'])
                expect(await fresh.store.get(known)).toEqual(await model.get(known));
            }
          } finally {
            await fresh.remove();
          }
        }),
        { numRuns: 25 },
      );
    });

    test('are there again after the process ended', async ({ skip }) => {
      if (opened.reopen === undefined) return skip('it keeps them in memory');
      const [unknown, paid] = [credential('unknown'), credential('paid', { preimage: PREIMAGE })];
      await store.put(unknown);
      await store.put(paid);
      store = await opened.reopen();
      expect(await store.get('unknown')).toEqual(unknown);
      expect(await store.get('paid')).toEqual(paid);
    });
  });
}
