/** A page with the real engine and nothing else, for the tests that drive it. */
import { openEngine, type Engine, type EngineTopics } from '../../../web/engine/index.ts';

/** What the test may use. */
export interface EnginePage {
  readonly engine: Engine;
  /** The latest state of a topic, watched from the first question on; `undefined` before it was told. */
  latest<Topic extends keyof EngineTopics>(
    topic: Topic,
    input: EngineTopics[Topic]['input'],
  ): EngineTopics[Topic]['state'] | undefined;
}

const engine = openEngine();
const states = new Map<string, unknown>();

Object.assign(globalThis, {
  engine,
  latest(topic: keyof EngineTopics, input: never) {
    const key = `${topic} ${JSON.stringify(input)}`;
    if (!states.has(key)) {
      states.set(key, undefined);
      engine.watch(topic, input, (state) => states.set(key, state));
    }
    return states.get(key);
  },
});
