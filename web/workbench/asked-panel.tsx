import { noteOf, Notice, Panel, Untrusted, useKinds } from '../app/index.ts';
import type { AskedJob, JobState } from '../engine/index.ts';
import { ContentView } from '../results/index.ts';
import { AskedFile } from './asked-file.tsx';
import { CopyText } from './kept-work.tsx';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What the customer wants, as it wrote it: text is shown, files and links are opened by the person or not at all. */
export function AskedPanel({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const kinds = useKinds();
  const { asked } = job;
  if (asked === null) return <Notice tone="bad">{text('unreadable')}</Notice>;
  const inputs = asked.inputs.filter(({ type }) => job.continues === null || type !== 'job'); // it leads there
  return (
    <Panel title={text('asked')}>
      {inputs.map((input, index) => (
        <Input key={index} requestId={job.row.requestId} input={input} />
      ))}
      {asked.params.length > 0 && (
        <dl className={css['params']} aria-label={text('params')}>
          {asked.params.map(({ name, values }, index) => (
            <div key={index}>
              <dt>
                <Untrusted max={60}>{kinds.paramName(name)}</Untrusted>
              </dt>
              <dd>
                <Untrusted max={2000}>{values.join(', ')}</Untrusted>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {asked.outputs.length > 0 && (
        <p className={css['dim']}>
          {text('outputs')} <Untrusted>{asked.outputs.join(', ')}</Untrusted>
        </p>
      )}
    </Panel>
  );
}

function Input({
  requestId,
  input,
}: {
  readonly requestId: string;
  readonly input: AskedJob['inputs'][number];
}) {
  const text = useWorkText();
  const label = { url: 'input-url', event: 'input-event', job: 'input-job' } as const;
  const named =
    input.type === 'url' || input.type === 'event' || input.type === 'job' ? text(label[input.type]) : null;
  const isEvent = (input.type === 'event' || input.type === 'job') && /^[0-9a-f]{64}$/.test(input.data);
  const eventAddress = isEvent ? `nostr:${noteOf(input.data)}` : null; // as other apps take it (NIP-21)
  return (
    <div className={css['input']}>
      {(named !== null || input.marker !== null) && (
        <p className={css['dim']}>
          {named} {input.marker !== null && <Untrusted max={60}>{input.marker}</Untrusted>}
        </p>
      )}
      {eventAddress !== null ? (
        <p className={css['fileLine']}>
          <code className={css['eventId']}>{eventAddress}</code> <CopyText what={eventAddress} />
        </p>
      ) : input.file === null ? (
        <ContentView content={input.data} mediaType="text/plain" />
      ) : (
        <AskedFile requestId={requestId} url={input.data} file={input.file} />
      )}
    </div>
  );
}
