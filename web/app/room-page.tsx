import { lazyRouteComponent } from '@tanstack/react-router';
import { createElement, type ComponentType } from 'react';
import { stringsReady } from './strings.ts';

/** A page of a room, loaded with the component kit when it is opened or about to be. */
export function roomPage<Name extends string>(
  room: () => Promise<Readonly<Record<Name, ComponentType>>>,
  name: Name,
): ReturnType<typeof lazyRouteComponent> {
  return lazyRouteComponent(async () => {
    const [{ KitProvider }, pages] = await Promise.all([import('./kit-provider.tsx'), room()]);
    await stringsReady();
    const page: ComponentType = pages[name];
    return { default: () => createElement(KitProvider, null, createElement(page)) };
  });
}
