import type { KindContract } from './contract.ts';
import { nameOnly } from './shorthand.ts';

/** Kinds that were only seen in events: a guess at what they are, and no contract. */
export const observedKinds: readonly KindContract[] = (
  [
    [5068, 'payments', 'Zap-gated key release', 'A zap above a threshold seems to release a key.'],
    [5101, 'image', 'Image transformation', 'Changes a picture in a way that its events do not tell.'],
    [5102, 'image', 'Image composition', 'Puts the picture of one job before that of another.'],
    [5204, 'other', 'Private job', 'Encrypted throughout; nobody else knows what it does.'],
    [5305, 'discovery', 'List of keys', 'Returns keys or ids that somebody trusts or finds active.'],
    [5703, 'other', 'HTTP fetch', 'Returns the page at the address in a "url" tag.'],
    [5805, 'other', 'Private message', 'Ciphertext for one provider; nobody else knows what it does.'],
    [5902, 'hosting', 'Timed hosting', 'Seems to serve something under a name for a time.'],
    [5950, 'identity', 'Name registration', 'Seems to register or check a name at a domain.'],
    [
      5988,
      'software',
      'Early WebAssembly run',
      'Runs a WebAssembly module; its users moved on to kind 5600.',
    ],
  ] as const
).map(([kind, category, name, about]) =>
  nameOnly({ kind, name, category, status: 'observed', source: `DVMDash kind_${kind}`, about }),
);
