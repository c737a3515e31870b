import type { ReactNode } from 'react';
import { useNow } from '../use-now.ts';
import { useAppText } from '../strings.en.ts';
import type { SaidFailure } from '../failures/failure-words.tsx';
import { FailureText } from './failure.tsx';
import { ShellButton } from './button.tsx';
import { Duration } from './time.tsx';
import css from './states.module.css';

/** What a wait tells: never only that one waits. */
export interface WaitTold {
  /** What is waited for. */
  readonly title: string;
  /** Since when, in milliseconds of `Date.now()`. */
  readonly since: number;
  /** How long it usually takes; `null` when nobody knows, left out where it depends on whoever may come. */
  readonly usualSeconds?: number | null;
  /** What is known so far, a line each. */
  readonly known?: readonly ReactNode[];
  /** What can be done instead of waiting. */
  readonly actions?: ReactNode;
}

/** A wait: what for, what is known, how long against how long usually, and what can be done. */
export function Wait({ title, since, usualSeconds, known = [], actions }: WaitTold) {
  const text = useAppText();
  const elapsed = Math.max(0, (useNow(1000) - since) / 1000);
  const late = typeof usualSeconds === 'number' && elapsed > usualSeconds * 1.5 + 2;
  return (
    <section className={css['wait']} aria-label={title}>
      <p className={css['waitTitle']} role="status">
        {title}
      </p>
      <WaitBar elapsed={elapsed} usual={usualSeconds ?? null} />
      <p className={css['times']}>
        <span aria-hidden="true">
          <Duration seconds={elapsed} />
        </span>
        {usualSeconds === null && <span>{text('usual-unknown')}</span>}
        {typeof usualSeconds === 'number' && (
          <span>
            {text('usually')} <Duration seconds={usualSeconds} />
          </span>
        )}
        {late && <strong className={css['late']}>{text('later-than-usual')}</strong>}
      </p>
      {known.length > 0 && (
        <ul className={css['known']}>
          {known.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
      )}
      {actions !== undefined && <div className={css['actions']}>{actions}</div>}
    </section>
  );
}

/** How far the time is, the usual time being two thirds of the bar; it never claims to be done. */
function WaitBar({ elapsed, usual }: { readonly elapsed: number; readonly usual: number | null }) {
  const share = usual === null || usual <= 0 ? elapsed / (elapsed + 20) : elapsed / (elapsed + usual / 2);
  return (
    <svg className={css['bar']} viewBox="0 0 300 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className={css['barGround']} width="300" height="6" />
      <rect className={css['barDone']} width={Math.min(0.97, share) * 300} height="6" />
      {usual !== null && <rect className={css['barUsual']} x="199" width="2" height="6" />}
    </svg>
  );
}

/** Nothing is here, why, and what to do about it. */
export function Empty({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <section className={css['empty']}>
      <h2>{title}</h2>
      {children !== undefined && <div className={css['emptyWords']}>{children}</div>}
      {actions !== undefined && <div className={css['actions']}>{actions}</div>}
    </section>
  );
}

/** How a notice is meant. */
export type NoticeTone = 'plain' | 'good' | 'warn' | 'bad';

/** Something to know before going on. */
export function Notice({
  tone = 'plain',
  title,
  children,
  actions,
}: {
  readonly tone?: NoticeTone;
  readonly title?: string | undefined;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={css['notice']} data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      {title !== undefined && <p className={css['noticeTitle']}>{title}</p>}
      {children !== undefined && <div>{children}</div>}
      {actions !== undefined && <div className={css['actions']}>{actions}</div>}
    </div>
  );
}

/** No relay is connected: what can still be seen, and that it goes on by itself. */
export function Offline() {
  const text = useAppText();
  return (
    <Notice tone="warn" title={text('offline')}>
      {text('offline-about')}
    </Notice>
  );
}

/**
 * Something did not work: the sentence that says what to do, the code for those who search for it, under which stands
 * what exactly the engine said, and another try.
 */
export function Fault({
  failure,
  onRetry,
}: {
  readonly failure: SaidFailure;
  readonly onRetry?: () => void;
}) {
  const text = useAppText();
  return (
    <Notice
      tone="bad"
      title={text('fault')}
      actions={onRetry !== undefined && <ShellButton onClick={onRetry}>{text('try-again')}</ShellButton>}
    >
      <FailureText failure={failure} />{' '}
      <code className={css['code']} lang="en" title={failure.message}>
        {failure.code}
      </code>
    </Notice>
  );
}
