import { importMacaroon, newMacaroon } from 'macaroon';
import { expect, test } from 'vitest';
import { isMintedWith, mintMacaroon, readMacaroon, writeMacaroon } from '../../src/l402/macaroon.ts';

const rootKey = new Uint8Array(32).fill(7);
const identifier = Uint8Array.from({ length: 66 }, (_, index) => index);

test('our macaroons are genuine to the implementation of others', () => {
  const caveats = ['services=shop:0', `shop_path=/${'long/'.repeat(100)}`, 'shop_method=GET'];
  const bytes = writeMacaroon(mintMacaroon(rootKey, { location: 'shop', identifier, caveats }));
  const theirs = importMacaroon(bytes);
  const seen: string[] = [];
  theirs.verify(rootKey, (condition) => (seen.push(condition), null));
  expect(seen).toEqual(caveats);
  expect(theirs.identifier).toEqual(identifier);
  expect(() => theirs.verify(new Uint8Array(32), () => null)).toThrow('signature mismatch');
});

test('macaroons of others are genuine to us, and those that need a third party are not read', () => {
  const theirs = newMacaroon({ identifier, rootKey, location: 'shop' });
  theirs.addFirstPartyCaveat('services=shop:0');
  const ours = readMacaroon(theirs.exportBinary());
  expect(ours).toMatchObject({ location: 'shop', identifier, caveats: ['services=shop:0'] });
  expect(ours && isMintedWith(rootKey, ours)).toBe(true);

  const discharged = newMacaroon({ identifier, rootKey, location: 'shop' });
  discharged.addThirdPartyCaveat(rootKey, 'ask-somebody', 'elsewhere');
  expect(readMacaroon(discharged.exportBinary())).toBeNull();
});
