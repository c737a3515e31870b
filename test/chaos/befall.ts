import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyRelay } from './faulty-relay.ts';
import type { Part } from './part.ts';
import type { Trouble } from './plan.ts';
import type { ChaosStage } from './stage.ts';
import { FAIR_WEATHER } from './weather.ts';

/** How often each trouble happened. */
export type TroubleCounts = Record<Trouble['what'], number>;

/** Lets troubles happen to a stage, at most one at a time to each part, each way and the database. */
export class Troubles {
  readonly counts: TroubleCounts = {
    kill: 0,
    replace: 0,
    pause: 0,
    cut: 0,
    refuse: 0,
    silence: 0,
    weather: 0,
    database: 0,
  };
  readonly #stage: ChaosStage;
  readonly #busy = new Map<unknown, Promise<void>>();
  readonly #faults: unknown[] = [];

  constructor(stage: ChaosStage) {
    this.#stage = stage;
  }

  /** Begins a trouble, unless whom it is for is in another one still. It ends by itself. */
  begin(trouble: Trouble): void {
    const [whom, happens] = this.#aboutToHappen(trouble);
    if (this.#busy.has(whom)) return;
    this.counts[trouble.what] += 1;
    const over = happens().then(
      () => void this.#busy.delete(whom),
      (fault: unknown) => void this.#faults.push(fault),
    );
    this.#busy.set(whom, over);
  }

  /** Resolves when everything is as it should be again; rejects when a part did not come back. */
  async over(): Promise<void> {
    await Promise.all(this.#busy.values());
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, 'Something did not come back.');
  }

  #aboutToHappen(trouble: Trouble): readonly [whom: unknown, happens: () => Promise<void>] {
    if (trouble.what === 'database') {
      const { database } = this.#stage;
      return [database, () => (trouble.dies ? database.die(trouble.forMs) : database.pause(trouble.forMs))];
    }
    if ('part' in trouble) {
      const part = this.#stage.parts.get(trouble.part);
      if (part === undefined) throw new Error(`There is no ${trouble.part}.`);
      return [part, () => befallPart(part, trouble)];
    }
    const way = this.#stage.ways.get(trouble.way);
    if (way === undefined) throw new Error(`There is no way of ${trouble.way}.`);
    return [way, () => befallWay(way, trouble)];
  }
}

async function befallPart(part: Part, { what, forMs }: Extract<Trouble, { part: string }>): Promise<void> {
  if (what === 'pause') return part.pause(forMs);
  if (what === 'kill') await part.kill();
  else await part.stop();
  await part.start();
}

async function befallWay(way: FaultyRelay, trouble: Extract<Trouble, { way: string }>): Promise<void> {
  if (trouble.what === 'weather') way.setWeather(trouble.weather);
  if (trouble.what === 'cut') way.cut();
  if (trouble.what === 'refuse') way.refuse(true);
  if (trouble.what === 'silence') way.silence();
  await sleep(trouble.forMs);
  if (trouble.what === 'weather') way.setWeather(FAIR_WEATHER);
  if (trouble.what === 'refuse') way.refuse(false);
  if (trouble.what === 'silence' && trouble.isNoticed) way.cut();
}
