export { JobPage } from './job-page.tsx';
export { WorkbenchPage } from './workbench-page.tsx';
