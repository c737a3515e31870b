import { pause } from '../../clock/index.ts';
import { asJsonObject } from '../nwc-protocol.ts';
import type { WalletNotification } from '../wallet.ts';
import { readLnbitsPayment } from './lnbits-records.ts';

/** A socket is opened anew after this time, so that a connection that died in silence is noticed. */
const SOCKET_MS = 300_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const MAX_MESSAGE_CHARS = 1_048_576;

/**
 * Tells of LNbits' payments until the signal aborts, over its websocket. What happens while it is not connected goes
 * untold, and so does what LNbits learns only when it is asked. The socket's address holds the key, as LNbits wants.
 */
export function listenToLnbits(options: {
  readonly socketUrl: string;
  readonly listener: (notification: WalletNotification) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
}): void {
  const { signal } = options;

  function hear(data: unknown): void {
    if (typeof data !== 'string' || data.length > MAX_MESSAGE_CHARS) return;
    const told = asJsonObject(asJsonObject(parseJson(data))?.['payment']);
    const payment = told === null ? null : readLnbitsPayment(told, options.now());
    if (payment?.state === 'settled')
      options.listener({ type: payment.direction === 'incoming' ? 'received' : 'sent', payment });
  }

  async function stayConnected(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const opened = await listenOnce(options.socketUrl, hear, signal);
      pauseMs = opened ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      await pause(pauseMs, signal);
    }
  }

  void stayConnected();
}

/** Listens on one socket until it closes, its time is over or the signal aborts; whether it ever opened. */
async function listenOnce(url: string, hear: (data: unknown) => void, signal: AbortSignal): Promise<boolean> {
  const socket = new WebSocket(url);
  const closed = new AbortController();
  let opened = false;
  socket.addEventListener('open', () => (opened = true));
  socket.addEventListener('message', ({ data }) => {
    if (!signal.aborted) hear(data);
  });
  for (const end of ['close', 'error']) socket.addEventListener(end, () => closed.abort());
  await pause(SOCKET_MS, AbortSignal.any([closed.signal, signal]));
  socket.close();
  return opened;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
