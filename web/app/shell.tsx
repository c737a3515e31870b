import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTopic } from './engine-context.ts';
import { Icon, type IconName } from './kit/icons.tsx';
import { Offline } from './kit/states.tsx';
import { useMayNotify } from './may-notify.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { SchemeSwitch } from './scheme-switch.tsx';
import { useAppText } from './strings.en.ts';
import { WalletLink, WhoLink } from './who-and-wallet.tsx';
import css from './shell.module.css';

const PLACES = [
  { to: '/', label: 'market', icon: 'market' },
  { to: '/runs', label: 'runs', icon: 'runs' },
  { to: '/services', label: 'services', icon: 'services' },
  { to: '/workbench', label: 'workbench', icon: 'workbench' },
  { to: '/wallet', label: 'wallet', icon: 'wallet' },
  { to: '/you', label: 'you', icon: 'person' },
] as const satisfies readonly { to: string; label: string; icon: IconName }[];

const SignerAsked = lazy(async () => ({ default: (await import('../identity/index.tsx')).SignerAsked }));

const WorkNews = lazy(async () => ({ default: (await import('../workbench/index.ts')).WorkNews }));

/** What stands around every page: the ways to all others, who and with which money, and whether relays are there. */
export function Shell() {
  const text = useAppText();
  const mayNotify = useMayNotify();
  return (
    <div className={css['shell']}>
      <button
        type="button"
        className={css['skip']}
        onClick={() => document.querySelector<HTMLElement>('main h1, main')?.focus()}
      >
        {text('skip-to-content')}
      </button>
      <header className={css['side']}>
        <Link to="/" className={css['brand']}>
          <Coin />
          coinop
        </Link>
        <nav className={css['places']} aria-label={text('navigation')}>
          {PLACES.map(({ to, label, icon }) => (
            <Link key={to} to={to} className={css['place']} activeOptions={{ exact: to === '/' }}>
              <Icon name={icon} />
              <span>{text(label)}</span>
            </Link>
          ))}
        </nav>
        <div className={css['about']}>
          <WhoLink />
          <WalletLink />
          <LanguageSwitch place="bar" />
          <SchemeSwitch />
        </div>
      </header>
      <main className={css['main']} tabIndex={-1}>
        <Outlet />
      </main>
      <Watch />
      {mayNotify && (
        <Suspense>
          <WorkNews />
        </Suspense>
      )}
    </div>
  );
}

/** Says over the page that a signer waits for its owner, or that no relay is there, moving nothing. */
function Watch() {
  const asked = useTopic('signer', null);
  const relays = useTopic('relays', null);
  // A relay that nothing is asked of is not connected, and fine; one in trouble says so.
  const offline =
    relays !== undefined &&
    relays.length > 0 &&
    relays.every(({ connected, trouble }) => !connected && trouble !== null);
  return (
    <div className={css['offline']}>
      {asked ? (
        <Suspense>
          <SignerAsked approveAt={asked.approveAt} />
        </Suspense>
      ) : (
        offline && <Offline />
      )}
    </div>
  );
}

function Coin() {
  return (
    <svg className={css['coin']} viewBox="0 0 24 24" aria-hidden="true">
      <circle className={css['coinRim']} cx="12" cy="12" r="11" />
      <rect className={css['coinSlot']} x="10.25" y="5.5" width="3.5" height="13" rx="1.75" />
    </svg>
  );
}
