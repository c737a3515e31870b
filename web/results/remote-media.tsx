import { Button } from '@mantine/core';
import { useState } from 'react';
import { revealHidden, Untrusted } from '../app/index.ts';
import { openableAddress, SafeLink } from './safe-link.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** What a file can be shown as. */
export type MediaSort = 'image' | 'audio' | 'video';

/** Which of them a MIME type is; `null` for anything else. */
export function mediaSortOf(mediaType: string): MediaSort | null {
  const sort = mediaType.split('/', 1)[0];
  return sort === 'image' || sort === 'audio' || sort === 'video' ? sort : null;
}

/** A picture, recording or film on somebody's server: named, and loaded only when the reader says so. */
export function RemoteMedia({
  address,
  sort,
  words = '',
}: {
  readonly address: string;
  readonly sort: MediaSort;
  /** What its author says it shows. Untrusted. */
  readonly words?: string;
}) {
  const text = useResultsText();
  const [wanted, setWanted] = useState(false);
  const url = openableAddress(address);
  if (url === null || url.protocol === 'nostr:')
    return <Untrusted>{words === '' ? address : words}</Untrusted>;
  if (wanted && url.protocol === 'https:')
    return <Media source={url.href} sort={sort} words={revealHidden(words.slice(0, 300))} />;
  return (
    <span className={css['remote']}>
      <span>
        {text(`remote-${sort}`, { host: url.host })} {words !== '' && <Untrusted>{words}</Untrusted>}
      </span>
      <span className={css['dim']}>{text(url.protocol === 'https:' ? 'remote-about' : 'remote-plain')}</span>
      <span className={css['row']}>
        {url.protocol === 'https:' && (
          <Button size="compact-sm" variant="default" onClick={() => setWanted(true)}>
            {text('load-remote')}
          </Button>
        )}
        <SafeLink href={url.href}>{url.href.slice(0, 80)}</SafeLink>
      </span>
    </span>
  );
}

/** Plays or shows what is at an address that may be loaded. */
export function Media({
  source,
  sort,
  words,
}: {
  readonly source: string;
  readonly sort: MediaSort;
  readonly words: string;
}) {
  const text = useResultsText();
  const [broken, setBroken] = useState(false);
  if (broken) return <p className={css['dim']}>{text('image-broken')}</p>;
  const onError = () => setBroken(true);
  if (sort === 'audio') return <audio className={css['media']} src={source} controls onError={onError} />;
  if (sort === 'video')
    return <video className={css['media']} src={source} controls preload="metadata" onError={onError} />;
  return (
    <img
      className={css['picture']}
      src={source}
      alt={words === '' ? text('image-alt') : words}
      referrerPolicy="no-referrer"
      decoding="async"
      onError={onError}
    />
  );
}
