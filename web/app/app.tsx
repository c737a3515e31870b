import './theme.css';
import './base.css';
import { RouterProvider } from '@tanstack/react-router';
import type { Engine } from '../engine/contract.ts';
import { EngineContext } from './engine-context.ts';
import { router } from './routes.tsx';

/** The whole app: what every page shares, and the page that the address names. */
export function App({ engine }: { readonly engine: Engine }) {
  return (
    <EngineContext value={engine}>
      <RouterProvider router={router} />
    </EngineContext>
  );
}
