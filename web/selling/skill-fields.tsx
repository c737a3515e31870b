import { Textarea, TextInput } from '@mantine/core';
import { KindField } from './kind-field.tsx';
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
      <KindField
        kind={skill.kind}
        among={(status) => status !== 'unknown' && status !== 'observed'}
        takesOthers={false}
        onKind={(kind) => change({ kind })}
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
