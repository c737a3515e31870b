export { isLive } from './sellers.ts';
export { LivenessLadder, RecordLine, SignPrice, Times } from './signs.tsx';
export { RunOffers } from './offers/run-offers.tsx';
