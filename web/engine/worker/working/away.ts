import { ZERO_MSAT } from '../../../../src/protocol/index.ts';
import type { WorkbenchState } from '../../work-contract.ts';

/** A workbench that nothing was announced from. */
export const AWAY: WorkbenchState = {
  ownerPubkey: null,
  workerPubkey: null,
  name: '',
  skills: [],
  linked: false,
  presentUntil: null,
  trouble: null,
  mishap: null,
  inbox: [],
  offered: [],
  active: [],
  done: [],
  earnedTodayMsat: ZERO_MSAT,
  owedMsat: ZERO_MSAT,
};
