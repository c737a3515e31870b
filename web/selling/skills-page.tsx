import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Fault, Notice, Page, Panel, useCall, Wait } from '../app/index.ts';
import type { WorkbenchState } from '../engine/index.ts';
import { SignInFirst, Trouble, useBench, useSigner } from '../workbench/index.ts';
import { isComplete, newSkill, signOfSkill, skillOf, writtenOf } from './skill-draft.ts';
import { SkillFields } from './skill-fields.tsx';
import { SignPreview } from './sign-preview.tsx';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

/** What a person announces to do for others. */
export function SkillsPage() {
  const text = useSellingText();
  const signer = useSigner();
  const bench = useBench(signer);
  const [since] = useState(() => Date.now());
  return (
    <Page
      title={text('skills-title')}
      lead={text('skills-lead')}
      beside={
        <>
          <Link to="/workbench">{text('to-workbench')}</Link>
          <Link to="/workbench/server">{text('for-servers')}</Link>
        </>
      }
    >
      {signer === null ? (
        <SignInFirst />
      ) : bench === undefined ? (
        <Wait title={text('opening')} since={since} usualSeconds={2} />
      ) : (
        <SkillsForm key={signer} bench={bench} />
      )}
    </Page>
  );
}

function SkillsForm({ bench }: { readonly bench: WorkbenchState }) {
  const text = useSellingText();
  const [name, setName] = useState(bench.name);
  const [skills, setSkills] = useState(() =>
    bench.skills.length === 0 ? [newSkill()] : bench.skills.map(writtenOf),
  );
  const [linked, setLinked] = useState(bench.linked);
  const [showProblems, setShowProblems] = useState(false);
  const [saved, setSaved] = useState(false);
  const saving = useCall('work.set-skills');
  const complete = skills.every(isComplete);
  if (saving.askedAt !== null) return <Wait title={text('saving')} since={saving.askedAt} usualSeconds={4} />;
  const save = async () => {
    setShowProblems(true);
    if (!complete) return;
    const done = await saving.ask({ name: name.trim(), skills: skills.map(skillOf), linked });
    setSaved(done?.ok === true);
  };
  return (
    <form
      className={css['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {saved && (
        <Notice tone="good" actions={<Link to="/workbench">{text('to-workbench')}</Link>}>
          {text(bench.skills.length === 0 ? 'saved-nothing' : 'saved')}
        </Notice>
      )}
      {saving.failure !== null &&
        (saving.failure.code === bench.trouble?.code ? (
          <Notice tone="warn">{text('saved-closed')}</Notice>
        ) : (
          <Fault failure={saving.failure} />
        ))}
      <Trouble trouble={bench.trouble} />
      <Panel>
        <TextInput
          label={text('name')}
          placeholder={text('name-placeholder')}
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          label={text('linked')}
          description={text('linked-about')}
          checked={linked}
          onChange={(event) => setLinked(event.currentTarget.checked)}
        />
      </Panel>
      {skills.map((skill, index) => (
        <Panel key={skill.id} title={text('skill', { number: index + 1 })}>
          <div className={css['skill']}>
            <SkillFields
              skill={skill}
              showProblems={showProblems}
              onSkill={(changed) => setSkills(skills.map((each) => (each === skill ? changed : each)))}
            />
            <SignPreview sign={signOfSkill(skill, name)} pubkey={bench.workerPubkey} />
          </div>
          {(skills.length > 1 || bench.skills.length > 0) && (
            <div>
              <Button
                size="xs"
                variant="subtle"
                color="red"
                onClick={() => setSkills(skills.filter((each) => each !== skill))}
              >
                {text('skill-remove', { number: index + 1 })}
              </Button>
            </div>
          )}
        </Panel>
      ))}
      {showProblems && !complete && <Notice tone="warn">{text('incomplete')}</Notice>}
      <div className={css['actions']}>
        <Button type="submit">{text(skills.length === 0 ? 'save-nothing' : 'save')}</Button>
        <Button variant="default" onClick={() => setSkills([...skills, newSkill()])}>
          {text('skill-add')}
        </Button>
      </div>
    </form>
  );
}
