import { Button } from '@mantine/core';
import { Dialog, DialogAnswers, Untrusted } from '../app/index.ts';
import type { SignChange } from './sign-changes.ts';
import { useServerText } from './server.strings.en.ts';
import css from './selling.module.css';

const MOST_CHANGES = 60;
const MAX_CHARS = 200;

/** Shows what becomes different before an announcement is replaced, and asks for consent. */
export function ReplaceDialog({
  changes,
  onClose,
  onReplace,
}: {
  readonly changes: readonly SignChange[];
  readonly onClose: () => void;
  readonly onReplace: () => void;
}) {
  const text = useServerText();
  return (
    <Dialog title={text('replace-ask')} onClose={onClose}>
      <p className={css['dim']}>{text(changes.length === 0 ? 'replace-same' : 'replace-about')}</p>
      {changes.length > 0 && (
        <table className={css['changes']}>
          <thead>
            <tr>
              <th scope="col">{text('change-field')}</th>
              <th scope="col">{text('change-before')}</th>
              <th scope="col">{text('change-after')}</th>
            </tr>
          </thead>
          <tbody>
            {changes.slice(0, MOST_CHANGES).map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">
                  <Raw>{field}</Raw>
                </th>
                <td>{before === null ? '–' : <Raw>{before}</Raw>}</td>
                <td>{after === null ? '–' : <Raw>{after}</Raw>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('replace-no')}
        </Button>
        <Button onClick={onReplace}>{text('replace-yes')}</Button>
      </DialogAnswers>
    </Dialog>
  );
}

/** As it stands in the announcement, which no language changes. */
function Raw({ children }: { readonly children: string }) {
  return (
    <code>
      <Untrusted max={MAX_CHARS}>{children}</Untrusted>
    </code>
  );
}
