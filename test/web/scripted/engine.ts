import type { Engine } from '../../../web/engine/contract.ts';
import { SCENES } from './scenes.ts';

/** Stands in for the engine in a build of the real app: tells the states of the scene that the address names, and refuses calls. */
export function openEngine(): Engine {
  const name = new URLSearchParams(location.search).get('scene') ?? '';
  const make = SCENES[name];
  if (make === undefined) throw new Error(`there is no scene "${name}"`);
  const scene = make();
  return {
    call: (call) => {
      const answer = scene.calls?.[call];
      if (answer === undefined) return Promise.reject(new Error(`the scene answers no ${call}`));
      return Promise.resolve(answer);
    },
    watch: (topic, _, onState) => {
      const state = scene.topics[topic];
      if (state !== undefined) queueMicrotask(() => onState(state));
      return () => undefined;
    },
  };
}
