export { JobPage } from './job-page.tsx';
export { SignInFirst, useBench, useSigner } from './signer.tsx';
export { Trouble } from './trouble.tsx';
export { WorkNews } from './work-news.tsx';
export { WorkbenchPage } from './workbench-page.tsx';
