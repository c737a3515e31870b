import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { isShowable, statedSize, type PictureSize } from './image-size.ts';
import { Media, mediaSortOf } from './remote-media.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** A file that is here: pictures within bounds, sound and films by the browser's own player, anything else to be saved. */
export function FileView({ blob, mediaType }: { readonly blob: Blob; readonly mediaType: string }) {
  const text = useResultsText();
  const address = useBlobAddress(blob);
  const sort = mediaSortOf(mediaType);
  if (address === null) return null;
  if (sort === 'image') return <PictureView blob={blob} address={address} />;
  if (sort !== null) return <Media source={address} sort={sort} words="" />;
  return (
    <p className={css['dim']}>{text('file-of', { type: mediaType.slice(0, 60), size: kilobytes(blob) })}</p>
  );
}

function PictureView({ blob, address }: { readonly blob: Blob; readonly address: string }) {
  const text = useResultsText();
  const [size, setSize] = useState<PictureSize | 'unknown' | null>(null);
  const [anyway, setAnyway] = useState(false);
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const stated = await statedSize(blob);
      if (!gone) setSize(stated ?? 'unknown');
    };
    void look();
    return () => {
      gone = true;
    };
  }, [blob]);
  if (size === null) return <div className={css['pictureRoom']} />;
  if (size === 'unknown' && !anyway)
    return (
      <p className={css['row']}>
        <span className={css['dim']}>{text('image-unknown')}</span>
        <Button size="compact-sm" variant="default" onClick={() => setAnyway(true)}>
          {text('show-anyway')}
        </Button>
      </p>
    );
  if (size !== 'unknown' && !isShowable(size))
    return (
      <p className={css['dim']}>{text('image-too-large', { width: size.width, height: size.height })}</p>
    );
  return <Media source={address} sort="image" words="" />;
}

/** An address for a file that is here, as long as it is shown; `null` until there is one. */
export function useBlobAddress(blob: Blob): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}

function kilobytes(blob: Blob): number {
  return Math.ceil(blob.size / 1000);
}
