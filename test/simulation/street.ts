import { fastSecretKeySigner } from '../../src/keys/node.ts';
import type { Signer } from '../../src/keys/index.ts';
import type { Wallet, WalletNotification } from '../../src/money/index.ts';
import {
  buildAnnouncement,
  buildFeedback,
  findTag,
  msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import type { Conduct, Seller } from './cast.ts';
import type { MarketClock } from './clock.ts';
import { actPaid, makeOffer, workUnpaid, type Ending } from './conduct.ts';
import { between, drawsFor, secretFor } from './draws.ts';
import { praiseOf } from './praise.ts';
import { Scene, type Asked } from './scene.ts';
import type { Job } from './work.ts';

/** The kinds of the jobs of all markets, and of their results. */
export const SOLD_KIND = 5050;
export const RESULT_KIND = 6050;
/** Prices of one seller differ this much from job to job. */
const PRICE_JITTER = { least: 0.95, most: 1.05 };

/** What the sellers of a market share. */
export interface StreetParts {
  readonly seed: number;
  readonly cast: readonly Seller[];
  readonly clock: MarketClock;
  readonly pool: RelayPool;
  readonly relayUrl: string;
  /** Sellers keep their money at a few custodians. */
  readonly wallets: readonly Wallet[];
}

/** A job that is under way, as the sellers see it. */
export interface Call {
  readonly job: Job;
  readonly deadlineAt: number;
  /** Told when a seller's act is over, unless it asked for money. */
  readonly onEnded: (ending: Exclude<Ending, 'asked'>) => void;
  /** Told when an act broke: a bug of the simulation. */
  readonly onFault: (fault: unknown) => void;
}

/** All sellers of a market, behind one connection to its relay. */
export class Street {
  readonly #parts: StreetParts;
  readonly #closing = new AbortController();
  readonly #seenAnswers = new Map<string, string>();
  /** The scenes of the job under way by the seller's key, and by the hash of each invoice that it has out. */
  readonly #scenes = new Map<string, Scene>();
  readonly #unpaid = new Map<string, { readonly scene: Scene; readonly asked: Asked }>();
  /** Under which of its names a seller trades now, and how many jobs it has done. */
  readonly #names = new Map<Seller, number>();
  readonly #done = new Map<Seller, number>();
  readonly #heard = new Map<string, PromiseWithResolvers<NostrEvent>>();
  readonly #idleLocks: { readonly scene: Scene; readonly asked: Asked }[] = [];
  #ticks = 0;
  #acting = 0;
  #call: Call | null = null;

  constructor(parts: StreetParts) {
    this.#parts = parts;
  }

  /** Announces every seller and begins to listen for requests, results and money. */
  async open(): Promise<void> {
    const { pool, relayUrl, wallets, cast } = this.#parts;
    const { signal } = this.#closing;
    await Promise.all(cast.map((seller) => this.#announce(seller)));
    for (const wallet of wallets) wallet.subscribe((notice) => this.#hearMoney(notice), signal);
    await pool.subscribe({
      relays: [relayUrl],
      filters: [{ kinds: [SOLD_KIND, RESULT_KIND], limit: 0 }],
      onEvent: (event) => this.#hear(event),
      signal,
    });
  }

  /** Lets everybody who is there answer the request; resolves when all answers are at the relay. */
  async answer(requestId: string, call: Call): Promise<void> {
    const request = await this.#awaited(requestId).promise;
    this.#heard.delete(requestId);
    this.#scenes.clear();
    this.#unpaid.clear();
    this.#call = call;
    const { seed, cast } = this.#parts;
    const present = cast.filter(
      ({ name, presence }) => drawsFor(seed, 'presence', name, call.job.index)() < presence,
    );
    await Promise.all(
      present.map(async (seller) => {
        if (seller.conduct === 'dead') return;
        const scene = this.#setScene(seller, call, request);
        await makeOffer(scene, this.#conductOf(seller));
      }),
    );
  }

  /** Tells a provider that its promise was accepted, so that the simulation lets it work. */
  accept(providerPubkey: string): void {
    const scene = this.#scenes.get(providerPubkey);
    if (scene !== undefined) this.#act(() => workUnpaid(scene, this.#conductOf(scene.parts.seller)));
  }

  /** Whether a seller is at work, so that there is something to wait for. */
  isAtWork(): boolean {
    return this.#acting > 0;
  }

  /** Who a key of this market belongs to, if it took part in the last job. */
  sellerOf(providerPubkey: string): Seller | null {
    return this.#scenes.get(providerPubkey)?.parts.seller ?? null;
  }

  /** Publishes something that only makes the customer look at the time. */
  async tick(request: NostrEvent): Promise<void> {
    const { seed, clock } = this.#parts;
    const bell = fastSecretKeySigner(secretFor(seed, 'bell'));
    this.#ticks += 1;
    const tick = { request, status: 'processing', exchange: 'hold', info: `tick ${this.#ticks}` } as const;
    await this.#publish(await bell.sign(buildFeedback({ ...tick, createdAt: clock.now() })));
  }

  /** The time of every lock is over: whoever did nothing with one loses it, as the custodian's node sees to. */
  async endLocks(): Promise<void> {
    for (const { scene, asked } of this.#idleLocks.splice(0)) await scene.giveBack(asked);
  }

  close(): void {
    this.#closing.abort();
  }

  #setScene(seller: Seller, { job, deadlineAt }: Call, request: NostrEvent): Scene {
    const { seed, clock } = this.#parts;
    const jitter = between(
      drawsFor(seed, 'price', seller.name, job.index),
      PRICE_JITTER.least,
      PRICE_JITTER.most,
    );
    const scene: Scene = new Scene({
      seller,
      signer: this.#signerOf(seller),
      wallet: this.#walletOf(seller),
      job,
      request,
      priceMsat: msat(BigInt(Math.max(1000, Math.round(Number(job.fairMsat) * seller.priceFactor * jitter)))),
      deadlineAt,
      draw: drawsFor(seed, 'accidents', seller.name, job.index),
      now: clock.now,
      advance: clock.advance,
      publish: (event) => this.#publish(event),
      seenAnswers: this.#seenAnswers,
      onAsked: (asked) => this.#unpaid.set(asked.paymentHash, { scene, asked }),
    });
    this.#scenes.set(scene.parts.signer.pubkey, scene);
    return scene;
  }

  #hearMoney({ payment }: WalletNotification): void {
    const paid = this.#unpaid.get(payment.paymentHash);
    if (paid === undefined || payment.direction !== 'incoming') return;
    this.#unpaid.delete(payment.paymentHash);
    const { scene, asked } = paid;
    const conduct = this.#conductOf(scene.parts.seller);
    this.#act(async () => {
      const ending = await actPaid(scene, conduct, asked);
      this.#noteSale(scene.parts.seller, conduct);
      if (conduct === 'locking') this.#idleLocks.push(paid);
      return ending;
    });
  }

  #act(act: () => Promise<Ending>): void {
    const call = this.#call;
    if (call === null) return;
    this.#acting += 1;
    void act().then(
      (ending) => {
        this.#acting -= 1;
        if (ending !== 'asked' && this.#call === call) call.onEnded(ending);
      },
      (fault: unknown) => call.onFault(fault),
    );
  }

  #noteSale(seller: Seller, conduct: Conduct): void {
    this.#done.set(seller, (this.#done.get(seller) ?? 0) + 1);
    if (seller.renames && conduct !== 'honest') this.#names.set(seller, (this.#names.get(seller) ?? 0) + 1);
  }

  #conductOf(seller: Seller): Conduct {
    return (this.#done.get(seller) ?? 0) < seller.honestJobs ? 'honest' : seller.conduct;
  }

  #signerOf(seller: Seller): Signer {
    return fastSecretKeySigner(secretFor(this.#parts.seed, seller.name, this.#names.get(seller) ?? 0));
  }

  #walletOf(seller: Seller): Wallet {
    const { cast, wallets } = this.#parts;
    const wallet = wallets[cast.indexOf(seller) % wallets.length];
    if (wallet === undefined) throw new Error('A street needs a wallet.');
    return wallet;
  }

  #hear(event: NostrEvent): void {
    if (event.kind === SOLD_KIND) return this.#awaited(event.id).resolve(event);
    const input = this.#call?.job.input;
    const isReadable = findTag(event, 'reveal') === undefined;
    if (isReadable && input !== undefined) this.#seenAnswers.set(input, event.content);
  }

  #awaited(requestId: string): PromiseWithResolvers<NostrEvent> {
    const known = this.#heard.get(requestId);
    if (known !== undefined) return known;
    const awaited = Promise.withResolvers<NostrEvent>();
    this.#heard.set(requestId, awaited);
    return awaited;
  }

  async #announce(seller: Seller): Promise<void> {
    const { clock } = this.#parts;
    const announcement = buildAnnouncement({
      identifier: 'fox',
      kinds: [SOLD_KIND],
      name: seller.name,
      about: 'Draws foxes.',
      amount: 'flexible',
      supportsEncryption: false,
      acceptsNutzaps: false,
      nip90Params: new Map(),
      createdAt: clock.now(),
    });
    const signer = this.#signerOf(seller);
    await this.#publish(await signer.sign(announcement));
    if (!seller.praised) return;
    const { seed } = this.#parts;
    const wallet = this.#walletOf(seller);
    const told = { seed, name: seller.name, signer, wallet, kind: SOLD_KIND, now: clock.now() };
    for (const event of await praiseOf(told)) await this.#publish(event);
  }

  async #publish(event: NostrEvent): Promise<void> {
    const [receipt] = await this.#parts.pool.publish(event, [this.#parts.relayUrl]);
    if (receipt?.outcome !== 'accepted') throw new Error(`The relay did not take it: ${receipt?.message}`);
  }
}
