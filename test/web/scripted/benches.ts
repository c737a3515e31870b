import { msat } from '../../../src/protocol/index.ts';
import type { WorkbenchState } from '../../../web/engine/work-contract.ts';
import { bench, ID, jobRow, NOW, PROVIDER, signedIn, type Scene } from './parts.ts';

/** A workbench that is not open, works elsewhere, or cannot be paid. */
export const BENCHES: Readonly<Record<string, () => Scene>> = {
  'bench-closed': () => at({ ...CLOSED, active: [{ ...jobRow(), work: 'working', money: 'settled' }] }),
  'bench-closed-empty': () => ({
    topics: { ...at(CLOSED).topics, job: null },
    calls: {
      'work.retry': { ok: false, failure: SILENT },
      'work.set-skills': { ok: false, failure: SILENT },
    },
  }),
  'bench-owing': () => ({
    topics: {
      ...at({
        owedMsat: msat(31_000n),
        mishap: { code: 'subscription-closed', message: 'A relay is closed.', words: null, at: NOW - 90 },
        done: (['refund-due', 'refunding', 'unclaimed', 'unreconciled'] as const).map((money, index) => ({
          ...jobRow(),
          requestId: index === 0 ? ID : `${index}`.repeat(64),
          work: 'expired',
          money,
          troubled: index === 0 ? 'complaint' : 'trouble',
        })),
      }).topics,
      wallet: {
        by: 'webln',
        network: 'regtest',
        isPlayMoney: true,
        balanceMsat: msat(900_000n),
        budgetMsat: null,
        spentMsat: msat(0n),
        reachable: true,
      },
    },
  }),
};

const SILENT = { code: 'wallet-unreachable', message: 'The wallet does not answer.' };
const CLOSED: Partial<WorkbenchState> = { trouble: SILENT };

function at(state: Partial<WorkbenchState>): Scene {
  const workbench = { ...bench(), workerPubkey: PROVIDER, ...state };
  return { topics: { ...signedIn('Ada'), host: { playMoney: true }, words: [], workbench } };
}
