import * as fc from 'fast-check';
import { NWCClient } from '@getalby/sdk/nwc';
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '@noble/hashes/utils.js';
import { pubkeyOf } from '../keys/index.ts';
import { createNwcConnection, parseNwcUri } from './nwc-connection.ts';

const wallet = 'b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4';
const secret = '71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c';
const relay = encodeURIComponent('wss://relay.example.com');

describe('a wallet connection URI', () => {
  test.each([
    'nostr+walletconnect://',
    'nostr+walletconnect:',
    'nostrwalletconnect://',
    'nostrwalletconnect:',
  ])('is read when it starts with %s', (scheme) => {
    const parsed = parseNwcUri(`${scheme}${wallet}?relay=${relay}&secret=${secret}&lud16=a%40b.c`);
    expect(parsed).toMatchObject({
      ok: true,
      value: { walletPubkey: wallet, relayUrls: ['wss://relay.example.com'] },
    });
    expect(parsed.ok && bytesToHex(parsed.value.secretKey)).toBe(secret);
  });

  test('keeps every usable relay once', () => {
    const parsed = parseNwcUri(
      `nostr+walletconnect://${wallet}?relay=${relay}&relay=https%3A%2F%2Fx.y&relay=wss://two.example.com/&relay=${relay}&secret=${secret}`,
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: { relayUrls: ['wss://relay.example.com', 'wss://two.example.com'] },
    });
  });

  test.each([
    ['nothing', ''],
    ['another scheme', `https://${wallet}?relay=${relay}&secret=${secret}`],
    ['a short wallet key', `nostr+walletconnect://${wallet.slice(1)}?relay=${relay}&secret=${secret}`],
    ['no relay', `nostr+walletconnect://${wallet}?secret=${secret}`],
    ['no secret', `nostr+walletconnect://${wallet}?relay=${relay}`],
    ['a secret that is no key', `nostr+walletconnect://${wallet}?relay=${relay}&secret=${'0'.repeat(64)}`],
    ['a short secret', `nostr+walletconnect://${wallet}?relay=${relay}&secret=${secret.slice(2)}`],
    [
      'too long a text',
      `nostr+walletconnect://${wallet}?relay=${relay}&secret=${secret}&x=${'y'.repeat(5_000)}`,
    ],
  ])('is refused with %s, without repeating the secret', (_title, text) => {
    const parsed = parseNwcUri(text);
    expect(parsed).toMatchObject({ ok: false, failure: { code: 'invalid-nwc-uri' } });
    expect(JSON.stringify(parsed)).not.toContain(secret.slice(2));
  });

  test('never throws and never repeats what it was given', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const parsed = parseNwcUri(`${before}nostr+walletconnect://${wallet}?${after}&secret=${secret}`);
        if (!parsed.ok) expect(JSON.stringify(parsed)).not.toContain(secret);
      }),
    );
  });

  test('is made so that we and an independent client read the same keys and relays', () => {
    const relayUrls = ['ws://127.0.0.1:7777', 'wss://relay.example.com/path?x=1'];
    const made = createNwcConnection({ relayUrls });
    const parsed = parseNwcUri(made.uri);
    const alby = NWCClient.parseWalletConnectUrl(made.uri, true);
    expect(parsed).toMatchObject({
      ok: true,
      value: { walletPubkey: pubkeyOf(made.serviceSecretKey), relayUrls },
    });
    expect(parsed.ok && pubkeyOf(parsed.value.secretKey)).toBe(made.clientPubkey);
    expect(alby).toMatchObject({ walletPubkey: pubkeyOf(made.serviceSecretKey), relayUrls });
    expect(createNwcConnection({ relayUrls }).uri).not.toBe(made.uri);
  });
});
