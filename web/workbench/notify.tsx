import { Button } from '@mantine/core';
import { useState } from 'react';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Asks the browser whether the person may be called while the tab is behind others, until it has said so. */
export function Notify() {
  const text = useWorkText();
  const supported = 'Notification' in globalThis;
  const [permission, setPermission] = useState(supported ? Notification.permission : 'denied');
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
