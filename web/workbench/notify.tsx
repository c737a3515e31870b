import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { revealHidden, useKinds } from '../app/index.ts';
import type { JobRow } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

const MAX_WORDS = 120;

/** Shows a notification for each request that comes while nobody looks, where the person has agreed to that. */
export function Notify({ asked }: { readonly asked: readonly JobRow[] }) {
  const text = useWorkText();
  const kinds = useKinds();
  const supported = 'Notification' in globalThis;
  const [permission, setPermission] = useState(supported ? Notification.permission : 'denied');
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(asked.map(({ requestId }) => requestId));
    if (before === null || permission !== 'granted' || document.visibilityState === 'visible') return;
    for (const { requestId, kind, about } of asked.filter((row) => !before.has(row.requestId)))
      show(text('notify-title'), {
        body: `${kinds.of(kind).name}: ${revealHidden(about).slice(0, MAX_WORDS)}`,
        tag: requestId,
      });
  }, [asked, permission, text, kinds]);
  if (!supported || permission === 'granted') return null;
  if (permission === 'denied') return <p className={css['dim']}>{text('notify-denied')}</p>;
  return (
    <p className={css['notify']}>
      <Button
        size="xs"
        variant="default"
        onClick={() => void Notification.requestPermission().then(setPermission)}
      >
        {text('notify')}
      </Button>
      <span className={css['dim']}>{text('notify-about')}</span>
    </p>
  );
}

function show(title: string, options: NotificationOptions): Notification {
  return new Notification(title, options);
}
