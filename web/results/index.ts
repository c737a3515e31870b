export { ContentView } from './content-view.tsx';
export { FileView, useBlobAddress } from './file-view.tsx';
export { useReadyRun } from './ready-run.ts';
export { ResultView } from './result-view.tsx';
