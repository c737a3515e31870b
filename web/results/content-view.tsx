import { Component, useDeferredValue, useMemo, type ReactNode } from 'react';
import { JsonTree } from './json-tree.tsx';
import { Formatted } from './lazy-markdown.tsx';
import { LongText } from './long-text.tsx';
import { NostrEvents, NostrList } from './nostr-list.tsx';
import { isFormattable, readEvents, readJson, readList } from './plain-shape.ts';
import { mediaSortOf, RemoteMedia } from './remote-media.tsx';
import { openableAddress, SafeLink } from './safe-link.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** The text of a result by its type; whatever cannot be shown so is shown as the text that it is. */
export function ContentView({
  content,
  mediaType,
}: {
  readonly content: string;
  readonly mediaType: string;
}) {
  return (
    <TextInstead key={content.slice(0, 100)} text={content}>
      {content.length > MAX_AT_ONCE ? (
        <Later content={content} mediaType={mediaType} />
      ) : (
        <Typed content={content} mediaType={mediaType} />
      )}
    </TextInstead>
  );
}

/** A longer text is read when the rest of the page stands already, and holds up nothing on it. */
const MAX_AT_ONCE = 100_000;

function Later({ content, mediaType }: { readonly content: string; readonly mediaType: string }) {
  const text = useResultsText();
  const read = useDeferredValue<string | null>(content, null);
  if (read !== null) return <Typed content={read} mediaType={mediaType} />;
  return (
    <p className={css['reading']} role="status">
      {text('reading', { count: content.length })}
    </p>
  );
}

function Typed({ content, mediaType }: { readonly content: string; readonly mediaType: string }) {
  const text = useResultsText();
  const addresses = useMemo(() => addressesIn(content), [content]);
  const json = useMemo(
    () => (mediaType.includes('json') || /^\s*[[{]/.test(content) ? readJson(content) : undefined),
    [content, mediaType],
  );
  if (addresses !== null) return <Addresses addresses={addresses} mediaType={mediaType} />;
  if (typeof json === 'object' && json !== null) return <Structure value={json} />;
  if (!mediaType.includes('markdown')) return <LongText>{content}</LongText>;
  if (!isFormattable(content))
    return (
      <>
        <p className={css['dim']}>{text('not-rendered')}</p>
        <LongText>{content}</LongText>
      </>
    );
  return <Formatted>{content}</Formatted>;
}

/** Told apart from reading it, so that a long one is two short pieces of work. */
function Structure({ value }: { readonly value: object }) {
  const list = useMemo(() => readList(value), [value]);
  const events = useMemo(() => readEvents(value), [value]);
  if (list !== null) return <NostrList entries={list} />;
  return events === null ? <JsonTree value={value} /> : <NostrEvents events={events} />;
}

const MAX_ADDRESSES = 20;

/** The addresses that a content consists of, one a line; `null` when it says anything else. */
function addressesIn(content: string): string[] | null {
  if (content.length > MAX_ADDRESSES * 2000) return null;
  const lines = content.split(/\s+/).filter((line) => line !== '');
  const areAll =
    lines.length > 0 && lines.every((line) => /^https?:/.test(line) && openableAddress(line) !== null);
  return areAll ? lines.slice(0, MAX_ADDRESSES) : null;
}

function Addresses({
  addresses,
  mediaType,
}: {
  readonly addresses: readonly string[];
  readonly mediaType: string;
}) {
  return (
    <ul className={css['addresses']}>
      {addresses.map((address, index) => {
        const sort = mediaSortOf(mediaType) ?? sortByEnding(address);
        return (
          <li key={index}>
            {sort === null ? (
              <SafeLink href={address}>{address.slice(0, 200)}</SafeLink>
            ) : (
              <RemoteMedia address={address} sort={sort} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function sortByEnding(address: string): ReturnType<typeof mediaSortOf> {
  if (/\.(png|jpe?g|gif|webp|avif)$/i.test(address)) return 'image';
  if (/\.(mp3|wav|ogg|opus|m4a)$/i.test(address)) return 'audio';
  return /\.(mp4|webm|mov)$/i.test(address) ? 'video' : null;
}

/** Shows the bare text where its formatted form throws. */
class TextInstead extends Component<
  { readonly text: string; readonly children: ReactNode },
  { readonly broke: boolean }
> {
  override state = { broke: false };

  static getDerivedStateFromError(): { readonly broke: boolean } {
    return { broke: true };
  }

  override render(): ReactNode {
    return this.state.broke ? <LongText>{this.props.text}</LongText> : this.props.children;
  }
}
