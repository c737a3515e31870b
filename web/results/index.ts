export { ContentView } from './content-view.tsx';
export { FileView, useBlobAddress } from './file-view.tsx';
export { ResultView } from './result-view.tsx';
