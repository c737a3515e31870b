import { describe, expect, test } from 'vitest';
import { encodeLnurl, parsePayAddress } from './pay-address.ts';

/** The example of LUD-01. */
const LUD01 =
  'LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS';
const LUD01_URL =
  'https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df';

describe('a pay address', () => {
  test.each([
    ['bot@example.com', 'https://example.com/.well-known/lnurlp/bot'],
    [' Bot@Example.com:8443 ', 'https://example.com:8443/.well-known/lnurlp/bot'],
    ['bot@127.0.0.1:4711', 'http://127.0.0.1:4711/.well-known/lnurlp/bot'],
    ['bot@localhost:4711', 'http://localhost:4711/.well-known/lnurlp/bot'],
    [LUD01, LUD01_URL],
    [LUD01.toLowerCase(), LUD01_URL],
    [`lightning:${LUD01}`, LUD01_URL],
    ['lnurlp://example.com/pay/7', 'https://example.com/pay/7'],
  ])('%s', (text, href) => {
    expect(parsePayAddress(text)).toMatchObject({
      ok: true,
      value: { url: { href }, lnurl: encodeLnurl(href) },
    });
  });

  test.each([
    '',
    'bot',
    'https://example.com',
    'bot@',
    'bot@example.com/path',
    'bot@user:password@example.com',
    `${LUD01.slice(0, -1)}Q`,
    encodeLnurl('ftp://example.com'),
    encodeLnurl('https://user:secret@example.com'),
    encodeLnurl('not a url'),
    `bot@${'a'.repeat(3_000)}.example`,
  ])('is not %s', (text) => {
    expect(parsePayAddress(text)).toMatchObject({ failure: { code: 'malformed-pay-address' } });
  });
});
