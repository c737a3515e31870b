import { msat, ZERO_MSAT } from '../../../src/protocol/index.ts';
import type { WalletState } from '../../../web/engine/contract.ts';
import { NOW, offer, PROVIDER, runWith, service, signedIn, type Scene } from './parts.ts';

const OTHER = 'e'.repeat(64);
const THIRD = 'f'.repeat(64);
const TASK = 'The first vending machine stood in a temple in Alexandria.';

/** Forms that are filled in, and offers that are not taken. */
export const ASKING: Readonly<Record<string, () => Scene>> = {
  /** Who is asked by the address of the page stands in no list, and asks for more than a form begins with. */
  'unlisted-seller': () => {
    const sign = { ...service(0, { name: 'Far away' }), priceMsat: msat(150_000n) };
    const { record, liveness } = sign;
    return {
      topics: signedIn('Ada'),
      calls: {
        'directory.provider': {
          ok: true,
          value: { pubkey: PROVIDER, services: [sign], record, liveness, operators: [] },
        },
      },
    };
  },
  penniless: () => ({
    topics: {
      ...signedIn('Ada'),
      wallet: walletOf({ by: null, network: null, balanceMsat: null, reachable: false }),
    },
  }),
  'pays-by-phone': () => ({
    topics: {
      ...signedIn('Ada'),
      wallet: walletOf({ by: 'qr', network: 'bitcoin', balanceMsat: null }),
    },
  }),
  'why-no-offer': () => {
    const run = runWith(null, TASK);
    return {
      topics: {
        ...signedIn('Ada'),
        run: {
          ...run,
          purchase: {
            ...run.purchase,
            state: 'no-offer',
            failure: {
              code: 'no-offer',
              message: 'No offer could be taken.',
              data: {
                refused: [
                  { providerPubkey: PROVIDER, code: 'above-max', amountMsat: '150000', mintUrl: null },
                  {
                    providerPubkey: OTHER,
                    code: 'no-common-mint',
                    amountMsat: '8000',
                    mintUrl: 'https://mint.example',
                  },
                ],
                left: [{ providerPubkey: THIRD, code: 'distrusted' }],
                providerErrors: [{ providerPubkey: THIRD, code: 'over-capacity', detail: '' }],
              },
            },
          },
        },
      },
    };
  },
  /** A second one is sought, and the first one offers as well. */
  hedge: () => {
    const run = runWith(null, TASK);
    const lost = { ...offer(), id: OTHER, providerPubkey: OTHER };
    return {
      topics: {
        ...signedIn('Ada'),
        run: {
          ...run,
          comparison: {
            requestId: run.purchase.requestId,
            state: 'requested',
            collecting: true,
            offers: [lost],
            refused: [{ offer: { ...offer(), createdAt: NOW }, code: 'same-provider' }],
            left: [{ offerId: OTHER, providerPubkey: OTHER, code: 'distrusted' }],
            choice: null,
          },
        },
      },
    };
  },
};

function walletOf(
  wallet: Pick<WalletState, 'by' | 'network' | 'balanceMsat'> & Partial<WalletState>,
): WalletState {
  return { isPlayMoney: false, budgetMsat: null, spentMsat: ZERO_MSAT, reachable: true, ...wallet };
}
