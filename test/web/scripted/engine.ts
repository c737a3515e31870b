import type { Engine, EngineTopics } from '../../../web/engine/contract.ts';
import { NO_ROWS, spliced, splicesBetween } from '../../../web/engine/rows.ts';
import { marked } from './marked.ts';
import type { Scene } from './parts.ts';
import { SCENES } from './scenes.ts';

export { spoken } from './pseudo.ts';

/** What an engine knows before it has asked anybody. */
const FIRST: ReadonlySet<keyof EngineTopics> = new Set(['session', 'relays', 'host']);

/**
 * Stands in for the engine in a build of the real app: tells the states of the scene that the address names, and refuses
 * calls, which the page's timeline keeps as marks named `asked`. `late` in the address has it tell them that many milliseconds later, one after the other, as a real one does;
 * `pseudo` has it write what people wrote in letters of its own.
 */
export function openEngine(): Engine {
  const asked = new URLSearchParams(location.search);
  const name = asked.get('scene') ?? '';
  const lateMs = Number(asked.get('late') ?? 0);
  const make = SCENES[name];
  if (make === undefined) throw new Error(`there is no scene "${name}"`);
  const scene = asked.has('pseudo') ? marked(make()) : make();
  performance.mark('scene-made'); // what comes after it is the app's own doing
  return {
    call: (call, input) => {
      performance.mark('asked', { detail: { call, input } });
      const answer = scene.calls?.[call];
      if (answer === undefined) return Promise.reject(new Error(`the scene answers no ${call}`));
      return new Promise((resolve) => setTimeout(() => resolve(answer), 2 * lateMs));
    },
    watch: (topic, input, onState) => {
      const state = stateOf(scene, topic, input);
      if (state !== undefined) setTimeout(() => tell(state, onState), FIRST.has(topic) ? lateMs : 2 * lateMs);
      return () => undefined;
    },
  };
}

function stateOf<Topic extends keyof EngineTopics>(
  scene: Scene,
  topic: Topic,
  input: EngineTopics[Topic]['input'],
): EngineTopics[Topic]['state'] | undefined {
  const words = topic === 'words' && input !== null && 'requestId' in input && scene.words?.[input.requestId];
  return words ? words : scene.topics[topic];
}

/** Tells a list in pieces, each by itself, as it comes from a real engine. */
function tell<State>(state: State, onState: (state: State) => void): void {
  if (!Array.isArray(state)) return onState(state);
  let rows: readonly unknown[] = [];
  const splices = splicesBetween([], state);
  for (const splice of splices.length === 0 ? [NO_ROWS] : splices)
    setTimeout(() => {
      rows = spliced(rows, splice);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rows of the state itself
      onState(rows as State);
    });
}
