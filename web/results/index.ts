export { ContentView } from './content-view.tsx';
export { ResultView } from './result-view.tsx';
