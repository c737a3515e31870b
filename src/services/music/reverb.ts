/** Lengths of the echoes in samples at 44.1 kHz: Schroeder's arrangement with the values of Freeverb. */
const COMBS = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const ALLPASSES = [556, 441, 341, 225];
/** The right ear hears a slightly different room. */
const SPREAD = 23;
const FEEDBACK = 0.82;
const DAMPING = 0.3;

/** Lets a room sound along; `amount` from 0 to 1. */
export function addReverb(left: Float32Array, right: Float32Array, amount: number): void {
  const wet = [roomOf(left, 0), roomOf(right, SPREAD)];
  for (const [index, channel] of [left, right].entries()) {
    const room = wet[index];
    for (let at = 0; at < channel.length; at++)
      channel[at] = (channel[at] ?? 0) * (1 - amount * 0.4) + (room?.[at] ?? 0) * amount;
  }
}

function roomOf(dry: Float32Array, spread: number): Float32Array {
  const room = new Float32Array(dry.length);
  for (const length of COMBS) {
    const echo = new Float32Array(length + spread);
    let damped = 0;
    for (let at = 0; at < dry.length; at++) {
      const slot = at % echo.length;
      const out = echo[slot] ?? 0;
      damped = out * (1 - DAMPING) + damped * DAMPING;
      echo[slot] = (dry[at] ?? 0) * 0.12 + damped * FEEDBACK;
      room[at] = (room[at] ?? 0) + out;
    }
  }
  for (const length of ALLPASSES) {
    const echo = new Float32Array(length + spread);
    for (let at = 0; at < room.length; at++) {
      const slot = at % echo.length;
      const late = echo[slot] ?? 0;
      const now = room[at] ?? 0;
      echo[slot] = now + late * 0.5;
      room[at] = late - now * 0.5;
    }
  }
  return room;
}
