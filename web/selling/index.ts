export { EarningsPage } from './earnings-page.tsx';
export { SkillsPage } from './skills-page.tsx';
