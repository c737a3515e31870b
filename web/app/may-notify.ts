import { useEffect, useState } from 'react';

/** Whether this browser lets the page show notifications; true as soon as the person has agreed. */
export function useMayNotify(): boolean {
  const [may, setMay] = useState(() => 'Notification' in globalThis && Notification.permission === 'granted');
  useEffect(() => {
    const ending = new AbortController();
    const watch = async () => {
      const status = await navigator.permissions.query({ name: 'notifications' });
      status.addEventListener('change', () => setMay(status.state === 'granted'), { signal: ending.signal });
    };
    void watch().catch(() => undefined); // known again when the page is opened next
    return () => ending.abort();
  }, []);
  return may;
}
