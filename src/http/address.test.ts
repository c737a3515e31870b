import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressLiteral, isPublicAddress } from './address.ts';
import { checkUrl } from './guarded-url.ts';

const PRIVATE = [
  '0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '100.100.100.200', '127.0.0.1', '127.255.255.254',
  '168.63.129.16', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.168.1.1',
  '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1',
  '255.255.255.255',
  '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1',
  '64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::1', 'fe80::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1',
  '2001::1', '2001:1ff::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '4000::1', '1fff::1',
]; // prettier-ignore
const PUBLIC = [
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '128.0.0.1', '168.63.129.17',
  '172.15.0.1', '172.32.0.1', '192.0.1.1', '198.20.0.1', '223.255.255.255', '2001:200::1', '2001:4860:4860::8888',
  '2606:4700:4700::1111', '2a00:1450:4001:830::200e', '3ffe::1', '2000::1',
]; // prettier-ignore
const NOT_ADDRESSES = [
  '', 'localhost', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '2130706433', '0x7f.0.0.1', 'fe80::1%eth0',
  '2606::4700::1', '2606:4700', '1:2:3:4:5:6:7:8:9', '2606:4700:4700:0:0:0:0:0::', ':::', '2606:47000::1', '1.2.3.4::',
]; // prettier-ignore

describe('public addresses', () => {
  it.each(PRIVATE)('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(PUBLIC)('allows %s', (address) => expect(isPublicAddress(address)).toBe(true));
  it.each(NOT_ADDRESSES)('refuses what is no address: %j', (text) =>
    expect(isPublicAddress(text)).toBe(false),
  );

  it('judges every spelling of an IPv6 address alike', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const address = fc.tuple(
      fc.constantFrom(0x2001, 0x2002, 0x2606, 0xfe80, 0xfd00, 0),
      ...Array.from({ length: 7 }, () => group),
    );
    fc.assert(
      fc.property(address, (groups) => {
        const full = groups.map((value) => value.toString(16).padStart(4, '0')).join(':');
        const canonical = addressLiteral(new URL(`http://[${full}]/`).hostname);
        expect(isPublicAddress(canonical ?? '')).toBe(isPublicAddress(full));
      }),
    );
  });

  it('judges an IPv4 address by its number, whatever notation the URL used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (number) => {
        const quad = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
        for (const spelled of [String(number), `0x${number.toString(16)}`, `0${number.toString(8)}`])
          expect(checkUrl(`http://${spelled}/`, []).ok).toBe(isPublicAddress(quad));
      }),
    );
  });
});

describe('URL form', () => {
  it.each([
    'ftp://example.com/', 'file:///etc/passwd', 'data:text/plain,hi', 'javascript:alert(1)', 'gopher://example.com/',
    'no url', '', 'http://', '//example.com', 'https://user@example.com/', 'https://:pw@example.com/',
    `https://example.com/${'a'.repeat(9000)}`,
  ])('refuses %.40s', (url) => expect(codeOf(url)).toBe('url-invalid')); // prettier-ignore

  it.each([
    'http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/',
    'http://127.0.0.1./', 'http://%31%32%37.0.0.1/', 'http://①②⑦.0.0.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://localhost/', 'http://LOCALHOST./', 'http://a.localhost/',
    'http://printer.local/', 'http://metadata.google.internal/', 'http://169.254.169.254/latest/meta-data/',
  ])('refuses %s', (url) => expect(codeOf(url)).toBe('url-private')); // prettier-ignore

  it('allows a named exception on its port only', () => {
    expect(codeOf('http://127.0.0.1:7777/x', ['127.0.0.1:7777'])).toBe('ok');
    expect(codeOf('http://127.1:7777/x', ['127.0.0.1:7777'])).toBe('ok');
    expect(codeOf('http://127.0.0.1:7778/x', ['127.0.0.1:7777'])).toBe('url-private');
    expect(codeOf('http://127.0.0.1/x', ['127.0.0.1:80'])).toBe('ok');
    expect(codeOf('https://127.0.0.1/x', ['127.0.0.1:80'])).toBe('url-private');
    expect(codeOf('http://[::1]:7777/x', ['[::1]:7777'])).toBe('ok');
    expect(codeOf('http://localhost:7777/x', ['127.0.0.1:7777'])).toBe('url-private');
  });
});

function codeOf(url: string, allowHosts: readonly string[] = []): string {
  const checked = checkUrl(url, allowHosts);
  return checked.ok ? 'ok' : checked.failure.code;
}
