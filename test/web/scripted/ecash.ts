import { msat } from '../../../src/protocol/index.ts';
import type { EcashState } from '../../../web/engine/ecash-contract.ts';
import { NOW, signedIn, type Scene } from './parts.ts';

const MINT = 'https://mint.example/Bitcoin';
const HOST_MINT = 'http://127.0.0.1:4870';
const NONE: EcashState = { hostMint: HOST_MINT, mints: [], underWay: [], tokens: [] };
const HELD = { url: MINT, amountMsat: msat(21_500_000n), heldMsat: msat(500_000n), trouble: null };
const INVOICE = `lnbc5u1${'p4xqlz8k2ecash'.repeat(16)}`;

/** The wallet page in the states of ecash. */
export const ECASH: Readonly<Record<string, () => Scene>> = {
  'ecash-none': () => withEcash(NONE, true),
  ecash: () =>
    withEcash({
      hostMint: null,
      mints: [HELD, { ...HELD, url: 'https://other.example', amountMsat: msat(0n), heldMsat: msat(0n) }],
      underWay: [
        {
          key: 'by phone 1',
          kind: 'mint',
          mintUrl: MINT,
          amountMsat: msat(500_000n),
          bolt11: INVOICE,
          createdAt: NOW - 20,
        },
        {
          key: 'out 1',
          kind: 'melt',
          mintUrl: MINT,
          amountMsat: msat(1_000_000n),
          bolt11: null,
          createdAt: NOW - 90,
        },
      ],
      tokens: [
        {
          key: 'token 1',
          mintUrl: MINT,
          amountMsat: msat(50_000n),
          token: `cashuB${'o2FteBtodHRwczovL21pbnQ'.repeat(20)}`,
          createdAt: NOW - 3_600,
        },
      ],
    }),
  'ecash-only': () => {
    const { wallet, ...topics } = signedIn('Ada');
    if (wallet === undefined) throw new Error('who is signed in has a wallet');
    return {
      topics: {
        ...topics,
        wallet: {
          ...wallet,
          by: null,
          network: null,
          isPlayMoney: false,
          balanceMsat: null,
          reachable: false,
        },
        'ecash-held': { amountMsat: HELD.amountMsat, isPlayMoney: false },
      },
    };
  },
  'ecash-down': () => {
    const trouble = { code: 'mint-unreachable', message: 'The mint gave no answer.' };
    return withEcash({ ...NONE, hostMint: null, mints: [{ ...HELD, trouble }] });
  },
};

function withEcash(ecash: EcashState, playMoney = false): Scene {
  return { topics: { ...signedIn('Ada'), host: { playMoney }, ecash } };
}
