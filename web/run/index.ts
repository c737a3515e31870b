export { RunPage } from './run-page.tsx';
export { RunsPage } from './runs-page.tsx';
export { hasEnded } from './stages.ts';
