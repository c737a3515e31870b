import { bech32Of, wordsOf } from './bech32.ts';
import { Untrusted } from './untrusted.tsx';
import css from './people.module.css';

/** A public key as people know it: `npub1…` (NIP-19). */
export function npubOf(pubkey: string): string {
  return /^[0-9a-f]{64}$/.test(pubkey) ? `npub1${bech32Of('npub', wordsOf(pubkey))}` : pubkey.slice(0, 64);
}

/** The id of an event, in hex, as other apps take it: `note1…` (NIP-19). */
export function noteOf(eventId: string): string {
  return `note1${bech32Of('note', wordsOf(eventId))}`;
}

/** Who that is: the name they give themselves, and a mark and the beginning of the key, which nobody can copy. */
export function PubkeyName({
  pubkey,
  name = null,
}: {
  readonly pubkey: string;
  /** Untrusted. */
  readonly name?: string | null;
}) {
  const npub = npubOf(pubkey);
  const short = `${npub.slice(0, 9)}…${npub.slice(-4)}`;
  return (
    <span className={css['who']} title={npub}>
      <KeyMark pubkey={pubkey} />
      {name !== null && name.trim() !== '' ? (
        <span className={css['named']}>
          <Untrusted max={40}>{name}</Untrusted>
          <span className={css['key']}>{short}</span>
        </span>
      ) : (
        <span className={css['key']}>{short}</span>
      )}
    </span>
  );
}

/** A small pattern that belongs to one key, to recognise it at a glance. */
function KeyMark({ pubkey }: { readonly pubkey: string }) {
  const digits = Array.from({ length: 10 }, (_, at) => Number.parseInt(pubkey.charAt(at), 16) || 0);
  const hue = ((digits[0] ?? 0) * 16 + (digits[1] ?? 0)) * 1.41;
  return (
    <svg className={css['mark']} viewBox="0 0 4 4" aria-hidden="true">
      <rect width="4" height="4" fill={`hsl(${hue} 45% 42%)`} />
      {digits.slice(2).map((digit, index) =>
        digit % 2 === 0 ? null : (
          <g key={index} fill={`hsl(${hue + 40} 70% 82%)`}>
            <rect x={index % 2} y={Math.floor(index / 2)} width="1.02" height="1.02" />
            <rect x={3 - (index % 2)} y={Math.floor(index / 2)} width="1.02" height="1.02" />
          </g>
        ),
      )}
    </svg>
  );
}
