import { Chip, KindName, Sats } from '../app/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import type { WrittenSkill } from './skill-draft.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

/** The sign as customers will see it. */
export function SignPreview({ skill }: { readonly skill: WrittenSkill }) {
  const text = useSellingText();
  const sats = /^\d{1,9}$/.test(skill.fromSats.trim()) ? Number(skill.fromSats) : null;
  return (
    <figure className={css['sign']}>
      <figcaption className={css['dim']}>{text('preview')}</figcaption>
      <strong>{skill.name.trim() === '' ? '…' : skill.name}</strong>
      <span className={css['dim']}>
        <KindName kind={skill.kind} />
      </span>
      <p>{skill.about}</p>
      <span>
        {text('preview-from')} <Sats msat={sats === null ? null : satsToMsat(sats)} />{' '}
        <Chip>{text('preview-by')}</Chip>
      </span>
    </figure>
  );
}
