import {
  lockReveal,
  openJobMessage,
  openReveal,
  orThrow,
  wrapJobMessage,
} from '../../../src/protocol/index.ts';
import { wrapFor } from '../../../src/keys/index.ts';
import { hex32 } from '../events.ts';
import { INVOICE, PREIMAGE, customer, provider } from './corpus.ts';
import { mutated, mutateEvent, mutateText } from './mutate.ts';
import type { Target } from './targets.ts';

/** Decryption takes a moment: half of what it is shown stays whole. */
const SLOW = 10;

/** Readers of what only the receiver can open. */
export async function privateTargets(): Promise<readonly Target[]> {
  const locked = await lockReveal({
    content: 'the result',
    preimage: PREIMAGE,
    peerPubkey: customer.pubkey,
    ciphers: provider,
    entropy: new Uint8Array(56).fill(7),
  });
  const claim = {
    type: 'refund-claim',
    bolt11: INVOICE,
    requestId: hex32(7),
    text: '',
    createdAt: 1_753_180_000,
  } as const;
  const wrap = orThrow(await wrapJobMessage(claim, wrapFor(provider.pubkey, customer, claim.createdAt)));
  return [
    {
      name: 'openReveal',
      weight: SLOW,
      async run(draws) {
        const content = draws.fraction() < 0.5 ? locked : mutated(locked, mutateText, draws);
        const opened = await openReveal({
          content,
          preimage: draws.fraction() < 0.9 ? PREIMAGE : mutateText(PREIMAGE, draws),
          peerPubkey: provider.pubkey,
          ciphers: customer,
        });
        return opened.ok;
      },
    },
    {
      name: 'openJobMessage',
      weight: SLOW,
      async run(draws) {
        const shown = draws.fraction() < 0.5 ? wrap : mutated(wrap, mutateEvent, draws);
        return (await openJobMessage(shown, provider)).ok;
      },
    },
  ];
}
