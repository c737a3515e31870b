import { randomBytes } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import { HEADER_BYTES, type Block, type ChainState } from './chain.ts';
import { mustSucceed, unwrap } from './ldk.ts';
import { buildNodeParts, type NodeParts, type NodeSurroundings } from './node-parts.ts';
import type { SavedMonitor, SavedNode } from './persistence.ts';
import { fundingTransaction } from './transactions.ts';

/** Hears the events of a node that are about payments and channels. */
export type NodeListener = (node: LightningNode, event: ldk.Event) => void;

/** One LDK node of the private network: its channels, peers and events. Everything here is synchronous. */
export class LightningNode {
  readonly name: string;
  readonly seed: Uint8Array;
  /** The node's public key, 33 bytes. */
  readonly id: Uint8Array;
  readonly channels: ldk.ChannelManager;
  readonly peers: ldk.PeerManager;
  readonly #parts: NodeParts;
  readonly #events: ldk.Event[] = [];
  readonly #collect: ldk.EventHandler;
  readonly #eventSources: readonly ldk.EventsProvider[];
  readonly #chainListeners: readonly ldk.Listen[];
  #isUnsaved: boolean;

  private constructor(
    made: { readonly name: string; readonly seed: Uint8Array; readonly isNew: boolean },
    parts: NodeParts,
    channels: ldk.ChannelManager,
  ) {
    this.name = made.name;
    this.seed = made.seed;
    this.#isUnsaved = made.isNew;
    this.#parts = parts;
    this.channels = channels;
    this.id = channels.get_our_node_id();
    this.peers = peerManager(parts, channels);
    this.#collect = ldk.EventHandler.new_impl({
      handle_event: (event) => {
        this.#events.push(event);
        return ldk.Result_NoneReplayEventZ.constructor_ok();
      },
    });
    this.#eventSources = [channels.as_EventsProvider(), parts.chainMonitor.as_EventsProvider()];
    this.#chainListeners = [parts.chainMonitor.as_Listen(), channels.as_Listen()];
  }

  /** Makes a node with new keys that knows the chain up to its present tip. */
  static create(name: string, surroundings: NodeSurroundings, chain: ChainState): LightningNode {
    const seed = randomBytes(32);
    const parts = buildNodeParts(seed, surroundings);
    const tip = ldk.BestBlock.constructor_new(chain.tipHash, chain.height);
    const channels = ldk.ChannelManager.constructor_new(
      parts.feeEstimator,
      parts.chainMonitor.as_Watch(),
      parts.broadcaster,
      parts.router.as_Router(),
      parts.messageRouter.as_MessageRouter(),
      parts.logger,
      parts.keys.as_EntropySource(),
      parts.keys.as_NodeSigner(),
      parts.keys.as_SignerProvider(),
      parts.config,
      ldk.ChainParameters.constructor_new(ldk.Network.LDKNetwork_Regtest, tip),
      chain.lastBlockTime,
    );
    return new LightningNode({ name, seed, isNew: true }, parts, channels);
  }

  /**
   * Brings a node back from the last cut. Monitors may be behind the chain, each by its own distance: LDK
   * writes only some of them at every block, so each sees again the blocks above its own height.
   */
  static restore(
    saved: SavedNode,
    surroundings: NodeSurroundings,
    monitors: readonly SavedMonitor[],
    blocksAbove: (height: number) => readonly Block[],
  ): LightningNode {
    const parts = buildNodeParts(saved.seed, surroundings);
    const restored = monitors.map((monitor) => restoreMonitor(parts, monitor, blocksAbove));
    const channels = restoreManager(parts, saved.manager, restored);
    const listener = channels.as_Listen();
    for (const block of blocksAbove(channels.current_best_block().get_height()))
      listener.block_connected(block.raw, block.height);
    for (const monitor of restored)
      unwrap(
        parts.chainMonitor.as_Watch().watch_channel(monitor.get_funding_txo().get_a(), monitor),
        ldk.Result_ChannelMonitorUpdateStatusNoneZ_OK,
        'watch a saved channel',
      );
    return new LightningNode({ name: saved.name, seed: saved.seed, isNew: false }, parts, channels);
  }

  /** Whether the manager differs from its last saved form; asking forgets the answer, so save it then. */
  takeUnsaved(): boolean {
    const isUnsaved = this.channels.get_and_clear_needs_persistence() || this.#isUnsaved;
    this.#isUnsaved = false;
    return isUnsaved;
  }

  get height(): number {
    return this.channels.current_best_block().get_height();
  }

  connectBlock(block: Block): void {
    for (const listener of this.#chainListeners) listener.block_connected(block.raw, block.height);
  }

  /** Takes an incoming connection, answering through `socket`. */
  acceptConnection(socket: ldk.SocketDescriptor, address: ldk.Option_SocketAddressZ): void {
    mustSucceed(this.peers.new_inbound_connection(socket, address), 'accept a connection');
  }

  /** Takes bytes of a peer. Throws when they end the connection, which between our own nodes is a bug. */
  receive(socket: ldk.SocketDescriptor, bytes: Uint8Array): void {
    unwrap(this.peers.read_event(socket, bytes), ldk.Result_boolPeerHandleErrorZ_OK, 'read a peer message');
  }

  isConnectedTo(peer: LightningNode): boolean {
    return this.peers
      .list_peers()
      .some((known) => Buffer.from(known.get_counterparty_node_id()).equals(peer.id));
  }

  /** Proposes a channel to a connected peer; it is funded and confirmed by later events and blocks. */
  openChannel(peer: LightningNode, channel: { readonly sats: bigint; readonly pushMsat: bigint }): void {
    unwrap(
      this.channels.create_channel(peer.id, channel.sats, channel.pushMsat, 1n, null, this.#parts.config),
      ldk.Result_ChannelIdAPIErrorZ_OK,
      'open a channel',
    );
  }

  /** Whether all channels can carry payments now. */
  get isUsable(): boolean {
    return this.channels.list_usable_channels().length === this.channels.list_channels().length;
  }

  /** What the node can send, in millisatoshis: altogether, and at most in one payment. */
  get spendable(): { readonly totalMsat: bigint; readonly oncePossibleMsat: bigint } {
    const channels = this.channels.list_usable_channels();
    return {
      totalMsat: channels.reduce((sum, channel) => sum + channel.get_outbound_capacity_msat(), 0n),
      oncePossibleMsat: channels.reduce(
        (sum, channel) => sum + channel.get_next_outbound_htlc_limit_msat(),
        0n,
      ),
    };
  }

  /**
   * Moves messages and handles events until the node has nothing to do. LDK forgets an event once it handed
   * it over, so a cut may only be taken when this has returned.
   */
  pump(listener: NodeListener): void {
    for (;;) {
      this.peers.process_events();
      for (const source of this.#eventSources) source.process_pending_events(this.#collect);
      const events = this.#events.splice(0);
      if (events.length === 0) return;
      for (const event of events) this.#handle(event, listener);
    }
  }

  #handle(event: ldk.Event, listener: NodeListener): void {
    if (event instanceof ldk.Event_PendingHTLCsForwardable) this.channels.process_pending_htlc_forwards();
    else if (event instanceof ldk.Event_FundingGenerationReady) this.#fund(event);
    else listener(this, event);
  }

  #fund(event: ldk.Event_FundingGenerationReady): void {
    const transaction = fundingTransaction({
      valueSats: event.channel_value_satoshis,
      script: event.output_script,
      fundingSeed: randomBytes(32),
    });
    mustSucceed(
      this.channels.funding_transaction_generated(
        event.temporary_channel_id,
        event.counterparty_node_id,
        transaction,
      ),
      'fund a channel',
    );
  }
}

function peerManager(parts: NodeParts, channels: ldk.ChannelManager): ldk.PeerManager {
  const ignore = ldk.IgnoringMessageHandler.constructor_new();
  return ldk.PeerManager.constructor_new(
    channels.as_ChannelMessageHandler(),
    ignore.as_RoutingMessageHandler(),
    ignore.as_OnionMessageHandler(),
    ignore.as_CustomMessageHandler(),
    Math.floor(Date.now() / 1000),
    parts.keys.as_EntropySource().get_secure_random_bytes(),
    parts.logger,
    parts.keys.as_NodeSigner(),
  );
}

function restoreMonitor(
  parts: NodeParts,
  saved: SavedMonitor,
  blocksAbove: (height: number) => readonly Block[],
): ldk.ChannelMonitor {
  const { broadcaster, feeEstimator, logger } = parts;
  const monitor = unwrap(
    ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelMonitorZ_read(
      saved.raw,
      parts.keys.as_EntropySource(),
      parts.keys.as_SignerProvider(),
    ),
    ldk.Result_C2Tuple_ThirtyTwoBytesChannelMonitorZDecodeErrorZ_OK,
    'read a saved monitor',
  ).get_b();
  for (const raw of saved.updates) {
    const update = unwrap(
      ldk.ChannelMonitorUpdate.constructor_read(raw),
      ldk.Result_ChannelMonitorUpdateDecodeErrorZ_OK,
      'read a saved monitor update',
    );
    mustSucceed(
      monitor.update_monitor(update, broadcaster, feeEstimator, logger),
      'apply a saved monitor update',
    );
  }
  for (const block of blocksAbove(monitor.current_best_block().get_height())) {
    const transactions = block.transactions.map((transaction, position) =>
      ldk.TwoTuple_usizeTransactionZ.constructor_new(position, transaction),
    );
    monitor.block_connected(
      block.raw.subarray(0, HEADER_BYTES),
      transactions,
      block.height,
      broadcaster,
      feeEstimator,
      logger,
    );
  }
  return monitor;
}

function restoreManager(
  parts: NodeParts,
  raw: Uint8Array,
  monitors: ldk.ChannelMonitor[],
): ldk.ChannelManager {
  return unwrap(
    ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(
      raw,
      parts.keys.as_EntropySource(),
      parts.keys.as_NodeSigner(),
      parts.keys.as_SignerProvider(),
      parts.feeEstimator,
      parts.chainMonitor.as_Watch(),
      parts.broadcaster,
      parts.router.as_Router(),
      parts.messageRouter.as_MessageRouter(),
      parts.logger,
      parts.config,
      monitors,
    ),
    ldk.Result_C2Tuple_ThirtyTwoBytesChannelManagerZDecodeErrorZ_OK,
    'read a saved channel manager',
  ).get_b();
}
