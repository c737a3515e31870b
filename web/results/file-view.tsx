import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { isShowable, knownSize, statedSize, type PictureSize } from './image-size.ts';
import { Media, mediaSortOf } from './remote-media.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** A file that is here: pictures within bounds, sound and films by the browser's own player, anything else to be saved. */
export function FileView({ blob, mediaType }: { readonly blob: Blob; readonly mediaType: string }) {
  const text = useResultsText();
  const address = useBlobAddress(blob);
  const sort = mediaSortOf(mediaType);
  if (sort === 'image') return <PictureView blob={blob} address={address} />;
  if (sort !== null) return <Media source={address} sort={sort} words="" />;
  return (
    <p className={css['dim']}>{text('file-of', { type: mediaType.slice(0, 60), size: kilobytes(blob) })}</p>
  );
}

function PictureView({ blob, address }: { readonly blob: Blob; readonly address: string | null }) {
  const text = useResultsText();
  const size = usePictureSize(blob);
  const [anyway, setAnyway] = useState(false);
  if (size === undefined) return <div className={css['frame']} />;
  if (size === null && !anyway)
    return (
      <p className={css['row']}>
        <span className={css['dim']}>{text('image-unknown')}</span>
        <Button size="compact-sm" variant="default" onClick={() => setAnyway(true)}>
          {text('show-anyway')}
        </Button>
      </p>
    );
  if (size !== null && !isShowable(size))
    return (
      <p className={css['dim']}>{text('image-too-large', { width: size.width, height: size.height })}</p>
    );
  return <Media source={address} sort="image" words="" size={size} />;
}

/** How large a picture says it is; `null` when it does not say, `undefined` until it was looked at. */
function usePictureSize(blob: Blob): PictureSize | null | undefined {
  const [, setLooked] = useState<Blob | null>(null);
  const size = knownSize(blob);
  useEffect(() => {
    if (size !== undefined) return undefined;
    let gone = false;
    const look = async () => {
      await statedSize(blob);
      if (!gone) setLooked(blob);
    };
    void look();
    return () => {
      gone = true;
    };
  }, [blob, size]);
  return size;
}

/** An address for a file that is here, as long as it is shown; `null` until there is one. */
export function useBlobAddress(blob: Blob | null): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (blob === null) return undefined;
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}

function kilobytes(blob: Blob): number {
  return Math.ceil(blob.size / 1000);
}
