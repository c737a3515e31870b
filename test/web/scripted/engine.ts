import type { Engine, EngineTopics } from '../../../web/engine/contract.ts';
import { SCENES } from './scenes.ts';

/** What an engine knows before it has asked anybody. */
const FIRST: ReadonlySet<keyof EngineTopics> = new Set(['session', 'relays', 'host']);

/**
 * Stands in for the engine in a build of the real app: tells the states of the scene that the address names, and refuses
 * calls. `late` in the address has it tell them that many milliseconds later, one after the other, as a real one does.
 */
export function openEngine(): Engine {
  const asked = new URLSearchParams(location.search);
  const name = asked.get('scene') ?? '';
  const lateMs = Number(asked.get('late') ?? 0);
  const make = SCENES[name];
  if (make === undefined) throw new Error(`there is no scene "${name}"`);
  const scene = make();
  return {
    call: (call) => {
      const answer = scene.calls?.[call];
      if (answer === undefined) return Promise.reject(new Error(`the scene answers no ${call}`));
      return new Promise((resolve) => setTimeout(() => resolve(answer), 2 * lateMs));
    },
    watch: (topic, _, onState) => {
      const state = scene.topics[topic];
      if (state !== undefined) setTimeout(() => onState(state), FIRST.has(topic) ? lateMs : 2 * lateMs);
      return () => undefined;
    },
  };
}
