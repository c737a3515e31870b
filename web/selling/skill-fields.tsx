import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useKinds } from '../app/index.ts';
import type { WrittenSkill } from './skill-draft.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

/** The fields of one skill. */
export function SkillFields({
  skill,
  showProblems,
  onSkill,
}: {
  readonly skill: WrittenSkill;
  readonly showProblems: boolean;
  readonly onSkill: (skill: WrittenSkill) => void;
}) {
  const text = useSellingText();
  const change = (changed: Partial<WrittenSkill>) => onSkill({ ...skill, ...changed });
  return (
    <div className={css['fields']}>
      <NativeSelect
        label={text('kind')}
        data={useKinds()
          .all()
          .filter(({ status }) => status !== 'unknown' && status !== 'observed')
          .map(({ kind, name }) => ({ value: String(kind), label: `${name} (${kind})` }))}
        value={String(skill.kind)}
        onChange={(event) => change({ kind: Number(event.currentTarget.value) })}
      />
      <TextInput
        label={text('skill-name')}
        placeholder={text('skill-name-placeholder')}
        maxLength={80}
        value={skill.name}
        error={showProblems && skill.name.trim() === ''}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Textarea
        label={text('skill-about')}
        rows={3}
        maxLength={1000}
        value={skill.about}
        onChange={(event) => change({ about: event.currentTarget.value })}
      />
      <TextInput
        label={text('skill-from')}
        description={text('skill-from-about')}
        inputMode="numeric"
        value={skill.fromSats}
        error={showProblems && !/^\d{1,9}$/.test(skill.fromSats.trim())}
        onChange={(event) => change({ fromSats: event.currentTarget.value })}
      />
    </div>
  );
}
