/** Puts the web app of the present sources into `dist/web`; nothing is compiled when such a build is kept. */
import { placeWebApp } from './web-app.ts';

placeWebApp();
