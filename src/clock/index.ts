export { pause, unixNow } from './clock.ts';
