export { KindPage } from './kind-page.tsx';
export { ServicePage } from './service-page.tsx';
export { ServicesPage } from './services-page.tsx';
export { ServiceSign } from './service-sign.tsx';
