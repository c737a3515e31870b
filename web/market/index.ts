export { isLive } from './sellers.ts';
export { LivenessLadder, RecordLine, SignPrice, Times } from './signs.tsx';
export { Offers } from './offers/offers.tsx';
