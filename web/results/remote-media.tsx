import { Button } from '@mantine/core';
import { useState, type CSSProperties } from 'react';
import { revealHidden, Untrusted } from '../app/index.ts';
import type { PictureSize } from './image-size.ts';
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

/** Plays or shows what is at an address that may be loaded, in a room that is kept for it before and whatever comes. */
export function Media({
  source,
  sort,
  words,
  size = null,
}: {
  /** `null` until it is known. */
  readonly source: string | null;
  readonly sort: MediaSort;
  readonly words: string;
  /** Of a picture, where it is known. */
  readonly size?: PictureSize | null;
}) {
  const text = useResultsText();
  const [broken, setBroken] = useState(false);
  const onError = () => setBroken(true);
  return (
    <span className={css['media']} data-sort={sort} style={size === null ? undefined : roomOf(size)}>
      {broken ? (
        <span className={css['dim']}>{text('image-broken')}</span>
      ) : source === null ? null : sort === 'audio' ? (
        <audio src={source} controls onError={onError} />
      ) : sort === 'video' ? (
        <video src={source} controls preload="metadata" onError={onError} />
      ) : (
        <img
          src={source}
          alt={words === '' ? text('image-alt') : words}
          referrerPolicy="no-referrer"
          decoding="async"
          onError={onError}
        />
      )}
    </span>
  );
}

/** As large as the picture, as wide as the page and as high as most of the window allow. */
function roomOf({ width, height }: PictureSize): CSSProperties {
  const ratio = width / height;
  return { width: `min(${width}px, 100%, ${70 * ratio}vh)`, height: 'auto', aspectRatio: `${ratio}` };
}
