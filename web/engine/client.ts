import type { Engine, EngineCalls, EngineTopics } from './contract.ts';
import { spliced } from './rows.ts';
import type { CallMessage, FromEngine, ToEngine, WatchMessage } from './wire.ts';

/** How often a page says that it is still here, in milliseconds; hidden ones are held back to once a minute. */
const HERE_MS = 20_000;

/** A page's end of the channel. */
export interface EngineClient extends Engine {
  /** Hears what the channel brings. */
  hear(message: FromEngine): void;
  /** Says again what is waited for: a new leader knows nothing of it, nor does one that a page comes back to. */
  sayAgain(): void;
}

interface Asked {
  readonly message: CallMessage;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Watched {
  readonly message: WatchMessage;
  readonly onState: (state: unknown) => void;
  /** What was told of a list, of which only changes are told. */
  rows: readonly unknown[];
}

/** Makes the end of one page, named `from`, of a channel to whoever leads. */
export function createClient(from: string, send: (message: ToEngine) => void): EngineClient {
  const asked = new Map<number, Asked>();
  const watched = new Map<number, Watched>();
  let last = 0;
  let leader: string | null = null;
  const tell = (message: CallMessage | WatchMessage) => send({ ...message, from });
  const hearRows = ({ id, first, splice }: Extract<FromEngine, { readonly type: 'rows' }>) => {
    const list = watched.get(id);
    if (list === undefined) return;
    list.rows = spliced(first ? [] : list.rows, splice);
    list.onState(list.rows);
  };
  const sayHere = () => send({ type: 'here', visible: document.visibilityState === 'visible', from });
  document.addEventListener('visibilitychange', sayHere);
  setInterval(sayHere, HERE_MS);

  return {
    call: <Name extends keyof EngineCalls>(name: Name, input: EngineCalls[Name]['input']) =>
      new Promise<EngineCalls[Name]['output']>((resolve, reject) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- name and input belong together by the signature
        const message = { type: 'call', id: ++last, name, input } as CallMessage;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker keeps to the same contract
        asked.set(message.id, { message, resolve: (output) => resolve(output as never), reject });
        tell(message);
      }),
    watch<Topic extends keyof EngineTopics>(
      topic: Topic,
      input: EngineTopics[Topic]['input'],
      onState: (state: EngineTopics[Topic]['state']) => void,
    ) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- topic and input belong together by the signature
      const message = { type: 'watch', id: ++last, topic, input } as WatchMessage;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker keeps to the same contract
      watched.set(message.id, { message, onState: (state) => onState(state as never), rows: [] });
      tell(message);
      return () => {
        watched.delete(message.id);
        send({ type: 'unwatch', id: message.id, from });
      };
    },
    hear(message) {
      if (message.type === 'leads') {
        leader = message.leader;
        return this.sayAgain();
      }
      if (leader !== null && message.leader !== leader) return; // robbed, and does not know it yet
      if (message.type === 'beat') leader ??= message.leader;
      if (message.type === 'beat' || message.type === 'find-out' || message.to !== from) return;
      if (message.type === 'state') return watched.get(message.id)?.onState(message.state);
      if (message.type === 'rows') return hearRows(message);
      const call = asked.get(message.id);
      asked.delete(message.id);
      if (message.type === 'answer') call?.resolve(message.output);
      else call?.reject(Object.assign(new Error(message.message), { code: message.code }));
    },
    sayAgain() {
      sayHere();
      for (const { message } of asked.values()) tell(message);
      for (const { message } of watched.values()) tell(message);
    },
  };
}
