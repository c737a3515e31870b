import { Component, lazy, Suspense, useMemo, type ReactNode } from 'react';
import { JsonTree } from './json-tree.tsx';
import { LongText } from './long-text.tsx';
import { NostrEvents, NostrList } from './nostr-list.tsx';
import { isFormattable, readEvents, readJson, readList } from './plain-shape.ts';
import { mediaSortOf, RemoteMedia } from './remote-media.tsx';
import { openableAddress, SafeLink } from './safe-link.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

const RenderedMarkdown = lazy(async () => {
  const { RenderedMarkdown: rendered } = await import('./markdown.tsx');
  return { default: rendered };
});

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
      <Typed content={content} mediaType={mediaType} />
    </TextInstead>
  );
}

function Typed({ content, mediaType }: { readonly content: string; readonly mediaType: string }) {
  const text = useResultsText();
  const addresses = useMemo(() => addressesIn(content), [content]);
  const json = useMemo(
    () => (mediaType.includes('json') || /^\s*[[{]/.test(content) ? readJson(content) : undefined),
    [content, mediaType],
  );
  const list = useMemo(() => readList(json), [json]);
  const events = useMemo(() => (json === undefined ? null : readEvents(json)), [json]);
  if (addresses !== null) return <Addresses addresses={addresses} mediaType={mediaType} />;
  if (list !== null) return <NostrList entries={list} />;
  if (events !== null) return <NostrEvents events={events} />;
  if (typeof json === 'object' && json !== null) return <JsonTree value={json} />;
  if (!mediaType.includes('markdown')) return <LongText>{content}</LongText>;
  if (!isFormattable(content))
    return (
      <>
        <p className={css['dim']}>{text('not-rendered')}</p>
        <LongText>{content}</LongText>
      </>
    );
  return (
    <Suspense fallback={<LongText>{content}</LongText>}>
      <RenderedMarkdown>{content}</RenderedMarkdown>
    </Suspense>
  );
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
