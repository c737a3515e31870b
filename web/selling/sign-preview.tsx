import { useMemo } from 'react';
import { ServiceSign as SignInList } from '../directory/index.ts';
import type { ServiceSign } from '../engine/index.ts';
import { buildAnnouncement, parseAnnouncement, ZERO_MSAT } from '../../src/protocol/index.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

/** Stands for the key of whoever has none yet. */
const NOBODY = '0'.repeat(64);

/** The sign as it will stand in lists, read as customers read it; nothing while it names no kind. */
export function SignPreview({
  sign,
  pubkey,
}: {
  readonly sign: ServiceSign;
  readonly pubkey: string | null;
}) {
  const text = useSellingText();
  const announcement = useMemo(() => {
    const template = buildAnnouncement({ ...sign, createdAt: 0 });
    const read = parseAnnouncement({ ...template, pubkey: pubkey ?? NOBODY, id: NOBODY, sig: '' });
    return read.ok ? read.value : null;
  }, [sign, pubkey]);
  if (announcement === null) return null;
  const { pricing, msat } = announcement.amount;
  const priceMsat = pricing === 'free' ? ZERO_MSAT : msat;
  return (
    <figure className={css['sign']}>
      <figcaption className={css['dim']}>{text('preview')}</figcaption>
      <SignInList service={{ announcement, priceMsat }} href={null} />
    </figure>
  );
}
