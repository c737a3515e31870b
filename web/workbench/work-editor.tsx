import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Fault, Panel, useCall, Wait } from '../app/index.ts';
import type { Draft, JobState } from '../engine/index.ts';
import { FileDrop } from '../forms/index.ts';
import { useKeptDraft } from './kept-draft.ts';
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
  const [draft, setDraft, isSaved] = useKeptDraft(requestId, job.draft);
  const delivering = useCall('work.deliver');
  const showing = useCall('work.send-partial');
  const givingUp = useCall('work.give-up');
  const [givesUp, setGivesUp] = useState(false);
  const [showProblem, setShowProblem] = useState(false);
  const [partSent, setPartSent] = useState(false);
  const isEmpty = draft.content.trim() === '' && draft.file === null;
  if (delivering.askedAt !== null || delivering.failure !== null)
    return (
      <Panel title={text('write')}>
        {delivering.askedAt !== null && (
          <Wait title={text('delivering')} since={delivering.askedAt} usualSeconds={3} />
        )}
        {delivering.failure !== null && (
          <Fault failure={delivering.failure} onRetry={() => void delivering.ask({ requestId, draft })} />
        )}
      </Panel>
    );
  const change = (changed: Partial<Draft>) => setDraft({ ...draft, ...changed });
  const showPart = async () => {
    setPartSent(false);
    const sent = await showing.ask({ requestId, content: draft.content });
    setPartSent(sent?.ok === true);
  };
  return (
    <Panel title={text('write')}>
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          setShowProblem(true);
          if (!isEmpty) void delivering.ask({ requestId, draft });
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
          {text(isSaved ? 'saved' : 'saving')} {partSent && text('part-sent')}
        </p>
        {[showing.failure, givingUp.failure].map(
          (failure, index) => failure !== null && <Fault key={index} failure={failure} />,
        )}
        <div className={css['actions']}>
          <Button type="submit">{text('deliver')}</Button>
          <Button
            variant="default"
            disabled={draft.content.trim() === '' || showing.askedAt !== null}
            onClick={() => void showPart()}
          >
            {text('send-part')}
          </Button>
          <Button variant="subtle" color="red" onClick={() => setGivesUp(true)}>
            {text('give-up')}
          </Button>
        </div>
      </form>
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
