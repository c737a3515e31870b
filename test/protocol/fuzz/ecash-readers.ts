import {
  parseEcashQuote,
  parseEcashToken,
  parseEcashWallet,
  type NostrEvent,
} from '../../../src/protocol/index.ts';
import { authored, hex32, PROVIDER } from '../events.ts';
import { START } from '../job-events.ts';
import type { Specimen } from './corpus.ts';

const MINT = 'https://mint.example';

function encrypted(kind: number, decrypted: string, tags: string[][] = []): Specimen {
  return { event: authored(PROVIDER, { kind, created_at: START, tags, content: 'sealed' }), decrypted };
}

/** The readers of an ecash wallet's events (NIP-60), which read what is decrypted, each with what it accepts. */
export const ECASH_READERS = [
  {
    name: 'parseEcashWallet',
    specimen: encrypted(
      17375,
      JSON.stringify([
        ['privkey', hex32(1)],
        ['mint', MINT],
      ]),
    ),
    read: (event: NostrEvent, decrypted = '') => parseEcashWallet(event, decrypted),
  },
  {
    name: 'parseEcashToken',
    specimen: encrypted(
      7375,
      JSON.stringify({
        mint: MINT,
        unit: 'sat',
        proofs: [{ amount: 2, id: '009a1f293253e41e', secret: 's', C: `02${hex32(3)}` }],
        del: [hex32(4)],
      }),
    ),
    read: (event: NostrEvent, decrypted = '') => parseEcashToken(event, decrypted),
  },
  {
    name: 'parseEcashQuote',
    specimen: encrypted(7374, 'a quote', [
      ['mint', MINT],
      ['expiration', String(START)],
    ]),
    read: (event: NostrEvent, decrypted = '') => parseEcashQuote(event, decrypted),
  },
] as const;
