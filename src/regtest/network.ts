import { setImmediate as nextTurn } from 'node:timers/promises';
import { HUB } from './calls.ts';
import { RegtestChain } from './chain.ts';
import type { Cut } from './cut.ts';
import { hasRouteHints } from './ldk-invoice.ts';
import { LightningNode, type NodeListener } from './node.ts';
import { createNetworkGraph, type NodeSurroundings } from './node-parts.ts';
import type { Persistence } from './persistence.ts';
import { Wires } from './wires.ts';

/** The longest that changes nobody waits for stay uncommitted: what a crash rolls back. */
const IDLE_COMMIT_MS = 100;
/** LDK forgets finished payments after some ticks; while it remembers them, every save of a node is bigger. */
const LDK_TICK_MS = 1_000;
/** How long nodes of one thread may take to find each other or agree on channels. */
const AGREEMENT_TIMEOUT_MS = 15_000;
/** Turns in which nodes may talk after a block, so that blocks mined in a row never outrun a message. */
const TURNS_PER_BLOCK = 24;

/** What the network is built on and whom it tells. */
export interface NetworkSurroundings {
  readonly cut: Cut;
  readonly persistence: Persistence;
  /** Unix seconds. */
  readonly now: () => number;
  readonly onEvent: NodeListener;
  /** Called for each block after all nodes saw it. */
  readonly onBlock: (height: number) => void;
  /** The network cannot go on; nothing is committed any more. The file holds the last good cut. */
  readonly onBroken: (error: unknown) => void;
}

/** The channels between hub and roles. */
export interface ChannelTerms {
  /** Capacity in sats; half of it starts on the role's side. */
  readonly channelSats: number;
}

/** A hub and its roles on a private regtest chain, all in this thread, saved together as one cut. */
export class PrivateNetwork {
  readonly #surroundings: NetworkSurroundings;
  readonly #chain: RegtestChain;
  readonly #graph = createNetworkGraph();
  readonly #nodes = new Map<string, LightningNode>();
  readonly #wires = new Wires(() => this.#schedule());
  readonly #unpumped = new Set<LightningNode>();
  #timers: NodeJS.Timeout[] = [];
  #idleCommit: NodeJS.Timeout | null = null;
  #isScheduled = false;
  #isStopped = false;
  #isHoldingCommits = false;
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(surroundings: NetworkSurroundings) {
    this.#surroundings = surroundings;
    this.#chain = new RegtestChain(surroundings.persistence.chain());
  }

  /** Brings back the saved nodes and adds the roles that are missing. Ready when all channels can be used. */
  async start(roles: readonly string[], terms: ChannelTerms, blockEveryMs: number | null): Promise<void> {
    this.#restoreNodes();
    await this.#until('use the saved channels', () => this.nodes.every((node) => node.isUsable));
    await this.mine(1); // LDK's clock is the last block's time
    await this.addRoles(roles, terms);
    this.#timers.push(setInterval(() => this.#tick(), LDK_TICK_MS));
    if (blockEveryMs !== null) this.#timers.push(setInterval(() => this.#mineOnTime(), blockEveryMs));
  }

  #restoreNodes(): void {
    const { persistence } = this.#surroundings;
    for (const saved of persistence.nodes()) {
      const node = LightningNode.restore(
        saved,
        this.#nodeSurroundings(saved.name),
        persistence.monitors(saved.name),
        (height) => persistence.blocksAbove(height),
      );
      this.#nodes.set(saved.name, node);
    }
    for (const node of this.nodes) if (node.name !== HUB) this.#wires.connect(this.#hub, node);
    this.#touchAll();
  }

  /** Adds a funded node for every new name, all or none: a crash leaves no half-open channel. */
  async addRoles(roles: readonly string[], terms: ChannelTerms): Promise<void> {
    await this.#alone(async () => {
      const missing = roles.filter((role) => !this.#nodes.has(role));
      if (missing.length === 0) return;
      this.#isHoldingCommits = true;
      if (!this.#nodes.has(HUB)) this.#createNode(HUB);
      await this.#openChannels(
        missing.map((role) => this.#createNode(role)),
        terms,
      );
      this.#isHoldingCommits = false;
    });
    await this.committed();
  }

  #createNode(name: string): LightningNode {
    const node = LightningNode.create(name, this.#nodeSurroundings(name), this.#chain.state);
    this.#nodes.set(name, node);
    this.touch(node);
    return node;
  }

  async #openChannels(roles: readonly LightningNode[], terms: ChannelTerms): Promise<void> {
    const hub = this.#hub;
    for (const role of roles) this.#wires.connect(hub, role);
    await this.#until('connect to the hub', () =>
      roles.every((role) => hub.isConnectedTo(role) && role.isConnectedTo(hub)),
    );
    const channel = { sats: BigInt(terms.channelSats), pushMsat: BigInt(terms.channelSats) * 500n };
    for (const role of roles) hub.openChannel(role, channel);
    this.touch(hub);
    await this.#until('fund the channels', () => this.#chain.state.mempool.length >= roles.length);
    await this.#mineOne();
    await this.#until(
      'open the channels',
      () => [hub, ...roles].every((node) => node.isUsable) && roles.every(hasRouteHints),
    );
  }

  #nodeSurroundings(name: string): NodeSurroundings {
    const { persistence } = this.#surroundings;
    return {
      graph: this.#graph,
      broadcast: (transaction) => {
        this.#chain.broadcast(transaction);
        persistence.saveChain(this.#chain.state);
      },
      saveMonitor: (outpoint, update, monitor) => persistence.saveMonitor(name, outpoint, update, monitor),
      broken: (error) => this.#break(error),
    };
  }

  get nodes(): LightningNode[] {
    return [...this.#nodes.values()];
  }

  /** The node of a role. Throws for a name that was never opened. */
  node(role: string): LightningNode {
    const node = this.#nodes.get(role);
    if (node === undefined) throw new RangeError(`the bank has no role '${role}'`);
    return node;
  }

  get #hub(): LightningNode {
    return this.node(HUB);
  }

  get height(): number {
    return this.#chain.state.height;
  }

  /** Unix seconds of the last block: the present time as LDK sees it. */
  get lastBlockTime(): number {
    return this.#chain.state.lastBlockTime;
  }

  /** Mines blocks one by one, letting the nodes act on each before the next. */
  async mine(blocks: number): Promise<void> {
    await this.#alone(async () => {
      for (let mined = 0; mined < blocks && !this.#isStopped; mined += 1) await this.#mineOne();
    });
    await this.committed();
  }

  async #mineOne(): Promise<void> {
    const { persistence, now, onBlock } = this.#surroundings;
    const block = this.#chain.mine(now());
    persistence.saveBlock(block);
    persistence.saveChain(this.#chain.state);
    for (const node of this.nodes) node.connectBlock(block);
    onBlock(block.height);
    this.#touchAll();
    for (let turn = 0; turn < TURNS_PER_BLOCK && !this.#isQuiet; turn += 1) await nextTurn();
  }

  #mineOnTime(): void {
    this.#alone(() => this.#mineOne()).catch(() => undefined); // `#alone` has told why
  }

  /** Runs one change of the chain or the roles after the other. */
  async #alone(run: () => Promise<void>): Promise<void> {
    const mine = this.#exclusive.then(run);
    this.#exclusive = mine.catch((error: unknown) => this.#break(error));
    await mine;
  }

  /** Lets a node act on what was asked of it; every call into LDK must be followed by this. */
  touch(node: LightningNode): void {
    this.#unpumped.add(node);
    this.#schedule();
  }

  #touchAll(): void {
    for (const node of this.nodes) this.touch(node);
  }

  /** Calls back once all that happened so far is on disk; callbacks run in the order they were given. */
  whenCommitted(tell: () => void): void {
    this.#surroundings.cut.afterCommit(tell);
    this.#schedule();
  }

  /** Resolves once all that happened so far is on disk. */
  committed(): Promise<void> {
    return new Promise((resolve) => this.whenCommitted(resolve));
  }

  #tick(): void {
    for (const node of this.nodes) node.channels.timer_tick_occurred();
    this.#touchAll();
  }

  get #isQuiet(): boolean {
    return !this.#wires.isBusy && this.#unpumped.size === 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isStopped) return;
      try {
        this.#turn();
      } catch (error) {
        this.#break(error);
      }
    });
  }

  /** Delivers messages, lets nodes act, then commits when somebody waits for it. */
  #turn(): void {
    const { cut } = this.#surroundings;
    this.#pump();
    if (cut.isAwaited && !this.#isHoldingCommits) this.#commit();
    else if (cut.isChanged) this.#idleCommit ??= setTimeout(() => this.#commitIdle(), IDLE_COMMIT_MS);
    if (!this.#isQuiet) this.#schedule();
  }

  #pump(): void {
    for (const node of this.#wires.deliver()) this.#unpumped.add(node);
    for (const node of this.#unpumped) {
      this.#unpumped.delete(node);
      node.pump(this.#surroundings.onEvent);
    }
  }

  #commitIdle(): void {
    this.#idleCommit = null;
    this.whenCommitted(() => undefined);
  }

  /** Takes the cut. Only called when no node has an unhandled event. */
  #commit(): void {
    const { cut, persistence } = this.#surroundings;
    for (const node of this.nodes) {
      if (!node.takeUnsaved()) continue;
      persistence.saveNode({
        name: node.name,
        seed: node.seed,
        manager: node.channels.write(),
        height: node.height,
      });
    }
    cut.commit();
  }

  async #until(what: string, isDone: () => boolean): Promise<void> {
    const deadline = performance.now() + AGREEMENT_TIMEOUT_MS;
    while (!isDone()) {
      if (this.#isStopped) throw new Error(`the bank stopped before it could ${what}`);
      if (performance.now() > deadline)
        throw new Error(`the bank could not ${what} within ${AGREEMENT_TIMEOUT_MS} ms`);
      await nextTurn();
    }
  }

  #break(error: unknown): void {
    if (this.#isStopped) return;
    this.#stop();
    this.#surroundings.onBroken(error);
  }

  #stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#idleCommit !== null) clearTimeout(this.#idleCommit);
  }

  /** Takes a last cut and lets go of the file. Payments under way go on when it is opened again. */
  async close(): Promise<void> {
    if (!this.#isStopped) {
      await this.#exclusive;
      this.#pump();
      this.#commit();
      this.#stop();
    }
    await this.#surroundings.cut.close();
  }
}
