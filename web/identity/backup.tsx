import { Button, Textarea } from '@mantine/core';
import { CopyButton } from './copy-button.tsx';
import { download } from './download.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** A locked key, to be copied or downloaded. */
export function Backup({
  ncryptsec,
  npub,
  onKept,
}: {
  readonly ncryptsec: string;
  readonly npub: string;
  readonly onKept: () => void;
}) {
  const text = useIdentityText();
  return (
    <>
      <Textarea
        label={text('new-backup')}
        readOnly
        rows={3}
        spellCheck={false}
        className={css['mono']}
        value={ncryptsec}
        onFocus={(event) => event.currentTarget.select()}
        onCopy={onKept}
      />
      <div className={css['row']}>
        <CopyButton what={ncryptsec} label={text('copy')} onCopied={onKept} />
        <Button
          variant="default"
          onClick={() => {
            download(text('file-name', { npub: npub.slice(0, 12) }), `${ncryptsec}\n${npub}\n`, 'text/plain');
            onKept();
          }}
        >
          {text('new-download')}
        </Button>
      </div>
    </>
  );
}
