import { orThrow } from '../../src/protocol/index.ts';
import { openEcashStage, sats } from './stage.ts';
import { ecashSuite } from './suite.ts';

async function openSuiteStage(inputFeePpk: number) {
  const stage = await openEcashStage({ inputFeePpk });
  return {
    ...stage,
    mintUrl: stage.mint.url,
    makeInvoice: async (amountSat: number) => {
      const invoice = { amountMsat: sats(amountSat), description: 'withdraw', expirySeconds: 600 };
      return orThrow(await stage.lightning.makeInvoice(invoice)).bolt11 ?? '';
    },
  };
}

ecashSuite('the embedded mint, without fees', () => openSuiteStage(0));
ecashSuite('the embedded mint, with fees', () => openSuiteStage(250));
