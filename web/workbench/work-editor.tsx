import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Fault, Notice, Panel, useCall, Wait } from '../app/index.ts';
import type { Draft, JobState } from '../engine/index.ts';
import { FileDrop } from '../forms/index.ts';
import { ContentView } from '../results/index.ts';
import { madeOf, type EditedDraft } from './draft-merge.ts';
import { DueLine } from './due-line.tsx';
import { useKeptDraft } from './kept-draft.ts';
import { ShowPart } from './show-part.tsx';
import { useWorkText } from './strings.en.ts';
import { WhyDialog } from './why-dialog.tsx';
import css from './workbench.module.css';

const TYPES = [
  { value: 'text/plain', label: 'type-plain' },
  { value: 'text/markdown', label: 'type-markdown' },
  { value: 'application/json', label: 'type-json' },
] as const;

/** Where the work is done: text or a file, kept while it is made, shown in parts, delivered in the end. */
export function WorkEditor({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { requestId } = job.row;
  const { draft: keptDraft, submitted, draftVersion: version } = job;
  const kept = useMemo(() => ({ draft: keptDraft, submitted, version }), [keptDraft, submitted, version]);
  const { edited, change: setDraft, choose } = useKeptDraft(requestId, kept);
  const { draft, other } = edited;
  const delivering = useCall('work.deliver');
  const givingUp = useCall('work.give-up');
  const [givesUp, setGivesUp] = useState(false);
  const [showProblem, setShowProblem] = useState(false);
  const isEmpty = draft.content.trim() === '' && draft.file === null;
  if (delivering.askedAt !== null)
    return (
      <Panel title={text('write')}>
        <Wait title={text('delivering')} since={delivering.askedAt} usualSeconds={3} />
      </Panel>
    );
  const change = (changed: Partial<Draft>) => setDraft({ ...draft, ...changed });
  const deliver = () => {
    setShowProblem(true);
    if (!isEmpty && other === null) void delivering.ask({ requestId, draft, over: madeOf(edited) });
  };
  return (
    <Panel title={text('write')}>
      <DueLine row={job.row} />
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          deliver();
        }}
      >
        <p className={css['dim']}>{text('write-about')}</p>
        <Textarea
          label={text('write-content')}
          rows={12}
          value={draft.content}
          error={showProblem && isEmpty ? text('deliver-empty') : null}
          onChange={(event) => change({ content: event.currentTarget.value })}
        />
        <NativeSelect
          label={text('write-type')}
          value={draft.mediaType}
          data={TYPES.map(({ value, label }) => ({ value, label: text(label) }))}
          onChange={(event) => change({ mediaType: event.currentTarget.value })}
        />
        <DraftFile draft={draft} onFile={(file) => change({ file })} />
        <p className={css['dim']} role="status">
          {text(stateOf(edited))}
        </p>
        <div className={css['actions']}>
          <Button type="submit" disabled={other !== null}>
            {text('deliver')}
          </Button>
          <Button variant="subtle" color="red" onClick={() => setGivesUp(true)}>
            {text('give-up')}
          </Button>
        </div>
        {[delivering.failure, givingUp.failure].map(
          (failure, index) => failure !== null && <Fault key={index} failure={failure} />,
        )}
        {other !== null && <WhichDraft other={other.draft} onChoice={choose} />}
      </form>
      <ShowPart job={job} content={draft.content} />
      {givesUp && (
        <WhyDialog
          asked={{
            title: text('give-up-title'),
            about: text('give-up-about'),
            label: text('give-up-why'),
            answer: text('give-up-send'),
            isGrave: true,
          }}
          onClose={() => setGivesUp(false)}
          onWhy={(reason) => {
            setGivesUp(false);
            void givingUp.ask({ requestId, reason });
          }}
        />
      )}
    </Panel>
  );
}

function stateOf({ isSaved, hasFailed, other }: EditedDraft) {
  if (other !== null) return 'changed-elsewhere';
  return isSaved ? 'saved' : hasFailed ? 'not-saved' : 'saving';
}

/** Another tab wrote something else while this one did: neither is thrown away before the person has said which. */
function WhichDraft({
  other,
  onChoice,
}: {
  readonly other: Draft;
  readonly onChoice: (side: 'own' | 'other') => void;
}) {
  const text = useWorkText();
  return (
    <Notice
      tone="bad"
      title={text('changed-elsewhere')}
      actions={
        <>
          <Button size="xs" variant="default" onClick={() => onChoice('other')}>
            {text('take-other')}
          </Button>
          <Button size="xs" variant="default" onClick={() => onChoice('own')}>
            {text('keep-own')}
          </Button>
        </>
      }
    >
      <p>{text('changed-elsewhere-about')}</p>
      {other.file !== null && <p>{text('write-file-taken', { name: other.file.name.slice(0, 80) })}</p>}
      <ContentView content={other.content} mediaType="text/plain" />
    </Notice>
  );
}

/** The file that is to be the result: one, as a result is. */
function DraftFile({
  draft,
  onFile,
}: {
  readonly draft: Draft;
  readonly onFile: (file: Draft['file']) => void;
}) {
  const text = useWorkText();
  if (draft.file === null)
    return (
      <div>
        <p className={css['dim']}>
          {text('write-file')}. {text('write-file-about')}
        </p>
        <FileDrop
          files={[]}
          onFiles={([file]) => {
            if (file !== undefined) onFile({ blob: file, name: file.name });
          }}
        />
      </div>
    );
  return (
    <p className={css['fileLine']}>
      {text('write-file-taken', { name: draft.file.name.slice(0, 80) })}{' '}
      <Button size="xs" variant="default" onClick={() => onFile(null)}>
        {text('write-file-remove')}
      </Button>
    </p>
  );
}
