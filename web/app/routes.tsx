import { createHashHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { MarketPage } from '../market/market-page.tsx';
import { PageBroken, PageMissing, PageOpening } from './page-states.tsx';
import { roomPage } from './room-page.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell });

/** What somebody has in mind when a form opens: words for its first input and who is asked, or which run is asked anew. */
interface JobSearch {
  readonly text?: string;
  readonly to?: string;
  readonly again?: string;
}

const textOf = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, max) : null;

const market = createRoute({ getParentRoute: () => root, path: '/', component: MarketPage });

const newJob = createRoute({
  getParentRoute: () => root,
  path: '/new/$kind',
  validateSearch: (search): JobSearch => {
    const text = textOf(search['text'], 20_000);
    const to = textOf(search['to'], 64);
    const again = textOf(search['again'], 64);
    // An absent field and an empty one are the same address.
    return {
      ...(text === null ? {} : { text }),
      ...(to === null ? {} : { to }),
      ...(again === null ? {} : { again }),
    };
  },
  component: roomPage(() => import('../market/new-job-page.tsx'), 'NewJobPage'),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  component: roomPage(() => import('../run/index.ts'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/run/$requestId',
  component: roomPage(() => import('../run/index.ts'), 'RunPage'),
});

const services = createRoute({
  getParentRoute: () => root,
  path: '/services',
  component: roomPage(() => import('../directory/index.ts'), 'ServicesPage'),
});

const service = createRoute({
  getParentRoute: () => root,
  path: '/service/$pubkey/$identifier',
  component: roomPage(() => import('../directory/index.ts'), 'ServicePage'),
});

const kind = createRoute({
  getParentRoute: () => root,
  path: '/kind/$kind',
  component: roomPage(() => import('../directory/index.ts'), 'KindPage'),
});

const you = createRoute({
  getParentRoute: () => root,
  path: '/you',
  component: roomPage(() => import('../identity/index.tsx'), 'IdentityPage'),
});

const wallet = createRoute({
  getParentRoute: () => root,
  path: '/wallet',
  component: roomPage(() => import('../wallet/index.tsx'), 'WalletPage'),
});

const work = createRoute({
  getParentRoute: () => root,
  path: '/workbench',
  component: roomPage(() => import('../workbench/index.ts'), 'WorkbenchPage'),
});

const skills = createRoute({
  getParentRoute: () => root,
  path: '/workbench/skills',
  component: roomPage(() => import('../selling/index.ts'), 'SkillsPage'),
});

const earnings = createRoute({
  getParentRoute: () => root,
  path: '/workbench/earnings',
  component: roomPage(() => import('../selling/index.ts'), 'EarningsPage'),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/workbench/server',
  component: roomPage(() => import('../selling/index.ts'), 'ServerPage'),
});

const workJob = createRoute({
  getParentRoute: () => root,
  path: '/workbench/$requestId',
  component: roomPage(() => import('../workbench/index.ts'), 'JobPage'),
});

/** Where everything is. Addresses live behind `#`, so that any host of static files serves them all. */
export const router = createRouter({
  routeTree: root.addChildren([
    market,
    newJob,
    runs,
    run,
    services,
    service,
    kind,
    work,
    workJob,
    skills,
    earnings,
    server,
    you,
    wallet,
  ]),
  history: createHashHistory(),
  defaultErrorComponent: PageBroken,
  defaultNotFoundComponent: PageMissing,
  defaultPendingComponent: PageOpening,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
