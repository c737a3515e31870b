/**
 * Moves money between two wallets over NWC, by our driver and by Alby's client, each with connections of its own:
 * `payer-process.ts`, its wallets in `PAYER_NWC_URL` and `PAYEE_NWC_URL`.
 */
import { NWCClient } from '@getalby/sdk/nwc';
import { unixNow } from '../src/clock/index.ts';
import { fastSecretKeySigner } from '../src/keys/node.ts';
import { openNwcWallet, type Wallet } from '../src/money/index.ts';
import { orThrow } from '../src/protocol/index.ts';
import { createRelayPool } from '../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../src/relays/node.ts';
import { serveParent } from './parent.ts';
import {
  AMOUNT_MSAT,
  DESCRIPTION,
  payBetween,
  timePayments,
  type PaymentLoad,
  type PayOnce,
} from './payments.ts';

const verifier = createWorkerVerifier();
const uris = { payer: process.env['PAYER_NWC_URL'] ?? '', payee: process.env['PAYEE_NWC_URL'] ?? '' };
const ours = { payer: openOurs(uris.payer), payee: openOurs(uris.payee) };
const albys = { payer: openAlbys(uris.payer), payee: openAlbys(uris.payee) };
const payByOurs: PayOnce = () => payBetween(ours.payer.wallet, ours.payee.wallet);

serveParent({
  commands: {
    payByOurs: (load: PaymentLoad) => timePayments(payByOurs, load),
    payByAlbys: (load: PaymentLoad) => timePayments(payByAlbys, load),
  },
  close: async () => {
    for (const { wallet, relays } of Object.values(ours)) {
      await wallet.close();
      await relays.close();
    }
    for (const client of Object.values(albys)) client.close();
    await verifier.close();
  },
});

function openOurs(uri: string): { readonly wallet: Wallet; readonly relays: { close(): Promise<void> } } {
  const relays = createRelayPool({ verifier, WebSocket: NodeWebSocket });
  const opened = openNwcWallet({ uri, relays, now: unixNow, signerOf: fastSecretKeySigner });
  return { wallet: orThrow(opened), relays };
}

function openAlbys(uri: string): NWCClient {
  return new NWCClient({ nostrWalletConnectUrl: uri });
}

async function payByAlbys(): Promise<void> {
  const { invoice } = await albys.payee.makeInvoice({
    amount: Number(AMOUNT_MSAT),
    description: DESCRIPTION,
  });
  await albys.payer.payInvoice({ invoice });
}
