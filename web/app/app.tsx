import './theme.css';
import './base.css';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Engine } from '../engine/contract.ts';
import { EngineContext } from './engine-context.ts';
import { router } from './routes.tsx';
import { useLanguage } from './strings.ts';

/** The whole app: what every page shares, and the page that the address names. */
export function App({ engine }: { readonly engine: Engine }) {
  const language = useLanguage();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <EngineContext value={engine}>
      <RouterProvider router={router} />
    </EngineContext>
  );
}
