import { buildPong, parsePing, PING_KIND, type NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';

/** A ping that is older, as it says or as it reaches us, is answered no more: whoever asked has left. */
const MAX_AGE_SECONDS = 60;

/** Pongs per minute, to everybody and to each key. */
const PER_MINUTE = 120;
const PER_SENDER = 6;

/**
 * Answers pings (kind 7007) that are addressed to us until the signal aborts, no faster than the limits above.
 * Resolves when every relay that answers has sent what it stored.
 */
export async function answerPings(context: ProviderContext, signal: AbortSignal): Promise<void> {
  const { relays, relayUrls, signer, now, speaks, isPresent } = context;
  const mayAnswer = createMinuteLimit(now);
  const answer = async (event: NostrEvent): Promise<void> => {
    const ping = parsePing(event);
    if (!ping.ok || event.pubkey === signer.pubkey || !speaks() || !isPresent()) return;
    if (Math.abs(now() - event.created_at) > MAX_AGE_SECONDS || !mayAnswer(event.pubkey)) return;
    const pong = await signer.sign(buildPong({ ping: ping.value, createdAt: now() }));
    await relays.publish(pong, relayUrls, { signal });
  };
  await relays.subscribe({
    relays: relayUrls,
    filters: [{ kinds: [PING_KIND], '#p': [signer.pubkey], since: now() - MAX_AGE_SECONDS }],
    onEvent: (event) => {
      // Nothing depends on a pong; a signer that fails tells of it where something does.
      answer(event).catch(() => undefined);
    },
    signal,
  });
}

/** Counts what each key asked in this minute of the clock; `false` beyond the limits. */
function createMinuteLimit(now: () => number): (pubkey: string) => boolean {
  let minute = 0;
  let total = 0;
  const bySender = new Map<string, number>();
  return (pubkey) => {
    const current = Math.floor(now() / 60);
    if (current !== minute) {
      [minute, total] = [current, 0];
      bySender.clear();
    }
    const asked = bySender.get(pubkey) ?? 0;
    if (total >= PER_MINUTE || asked >= PER_SENDER) return false;
    total += 1;
    bySender.set(pubkey, asked + 1);
    return true;
  };
}
