import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { applyScheme } from './app/color-scheme.ts';
import { stringsReady } from './app/strings.ts';
import { openEngine } from './engine/index.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
applyScheme();
const engine = openEngine();
void stringsReady().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App engine={engine} />
    </StrictMode>,
  ),
);
