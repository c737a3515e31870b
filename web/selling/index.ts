export { EarningsPage } from './earnings-page.tsx';
export { ServerPage } from './server-page.tsx';
export { SkillsPage } from './skills-page.tsx';
