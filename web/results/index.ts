export { ContentView } from './content-view.tsx';
export { JsonTree } from './json-tree.tsx';
export { ResultView } from './result-view.tsx';
