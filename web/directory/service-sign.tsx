import type { ReactNode } from 'react';
import { Chip, KindName, PubkeyName, Untrusted } from '../app/index.ts';
import { SignPrice } from '../market/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

const MOST_KINDS = 4;

/** What a service says of itself in a list: who, what and for how much, and after the price what others know of it. */
export function ServiceSign({
  service,
  href,
  children,
}: {
  readonly service: Pick<ListedService, 'announcement' | 'priceMsat'>;
  /** Its page; `null` where there is none yet. */
  readonly href: string | null;
  readonly children?: ReactNode;
}) {
  const { pubkey, name, about, kinds } = service.announcement;
  const who = <PubkeyName pubkey={pubkey} name={name} />;
  return (
    <>
      {href === null ? (
        <span className={css['serviceName']}>{who}</span>
      ) : (
        // A plain link: the router's own costs too much to be made by the hundred while the list scrolls.
        <a href={href} className={css['serviceName']}>
          {who}
        </a>
      )}
      <p className={css['serviceAbout']}>
        <Untrusted max={160}>{about ?? ''}</Untrusted>
      </p>
      <p className={css['serviceKinds']}>
        {kinds.slice(0, MOST_KINDS).map((kind) => (
          <Chip key={kind}>
            <KindName kind={kind} />
          </Chip>
        ))}
        {kinds.length > MOST_KINDS && <Chip>+{kinds.length - MOST_KINDS}</Chip>}
        <Seller announcement={service.announcement} />
      </p>
      <p className={css['serviceFacts']}>
        <strong>
          <SignPrice service={service} />
        </strong>
        {children}
      </p>
    </>
  );
}

/** Who sells it, as far as it says so, and whether a person does the work. Untrusted. */
export function Seller({
  announcement: { seller, byHand },
}: {
  readonly announcement: Pick<ListedService['announcement'], 'seller' | 'byHand'>;
}) {
  const text = useDirectoryText();
  return (
    <>
      {byHand && <Chip>{text('by-hand')}</Chip>}
      {seller !== null && (
        <span className={css['seller']}>
          {text('sold-by')} <Untrusted max={40}>{seller}</Untrusted>
        </span>
      )}
    </>
  );
}
