import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Failure } from '../../src/protocol/index.ts';
import type { Engine, EngineCalls, EngineTopics } from '../engine/contract.ts';

/** The engine of this page. */
export const EngineContext = createContext<Engine | null>(null);

/** The engine that runs everything behind the pages. */
export function useEngine(): Engine {
  const engine = use(EngineContext);
  if (engine === null) throw new Error('there is no engine around this component');
  return engine;
}

/** The latest state of a topic; `undefined` until it is told the first time, and again when the input becomes another. */
export function useTopic<Topic extends keyof EngineTopics>(
  topic: Topic,
  input: EngineTopics[Topic]['input'],
): EngineTopics[Topic]['state'] | undefined {
  type State = EngineTopics[Topic]['state'];
  const engine = useEngine();
  const key = inputKey(input);
  const [told, setTold] = useState<{ readonly key: string; readonly state: State }>();
  const stableInput = useMemo(() => input, [key]);
  useEffect(
    () => engine.watch(topic, stableInput, (state) => setTold({ key, state })),
    [engine, topic, stableInput, key],
  );
  return told?.key === key ? told.state : undefined;
}

/** Inputs are plain data; those that say the same are the same. */
function inputKey(input: unknown): string {
  return JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** A call that a person sets off. */
export interface Asking<Name extends keyof EngineCalls> {
  /** Asks, unless the last question is still open: then `null`, and nothing is asked. */
  readonly ask: (input: EngineCalls[Name]['input']) => Promise<EngineCalls[Name]['output'] | null>;
  /** Since when an answer is awaited, in milliseconds of `Date.now()`; `null` when none is. */
  readonly askedAt: number | null;
  /** Why the last answer was no. */
  readonly failure: Failure | null;
}

/** Makes a call of the engine once at a time, and keeps how it went. */
export function useCall<Name extends keyof EngineCalls>(name: Name): Asking<Name> {
  const engine = useEngine();
  const [askedAt, setAskedAt] = useState<number | null>(null);
  const [failure, setFailure] = useState<Asking<Name>['failure']>(null);
  const busy = useRef(false); // two clicks may come before the page is drawn anew
  const ask = useCallback(
    async (input: EngineCalls[Name]['input']) => {
      if (busy.current) return null;
      busy.current = true;
      setAskedAt(Date.now());
      setFailure(null);
      try {
        const output = await engine.call(name, input);
        if (!output.ok) setFailure(output.failure);
        return output;
      } catch (broken) {
        setFailure(failureOf(broken));
        return null;
      } finally {
        busy.current = false;
        setAskedAt(null);
      }
    },
    [engine, name],
  );
  return { ask, askedAt, failure };
}

/** What the engine threw, or a channel to it that broke. */
function failureOf(broken: unknown): Failure {
  const code =
    broken instanceof Error && 'code' in broken && typeof broken.code === 'string'
      ? broken.code
      : 'engine-broken';
  return { code, message: String(broken).slice(0, 300) };
}
