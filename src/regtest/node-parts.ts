import { randomInt } from 'node:crypto';
import * as ldk from 'lightningdevkit';

/** What a node needs of the world around it. Callbacks run inside LDK: they must not call back into it. */
export interface NodeSurroundings {
  /** What is known of the network, the same for all nodes of one: each graph takes 150 MB of addresses. */
  readonly graph: ldk.NetworkGraph;
  broadcast(transaction: Uint8Array): void;
  /** Keeps a channel's monitor; `update` is `null` when only the whole monitor says what changed. */
  saveMonitor(
    outpoint: ldk.OutPoint,
    update: ldk.ChannelMonitorUpdate | null,
    monitor: ldk.ChannelMonitor,
  ): void;
  /** Something inside a callback threw. LDK is in an unknown state: nothing may be committed any more. */
  broken(error: unknown): void;
}

/** The LDK objects behind one node, made before its channel manager. JavaScript must keep hold of all of them. */
export interface NodeParts {
  readonly feeEstimator: ldk.FeeEstimator;
  readonly broadcaster: ldk.BroadcasterInterface;
  readonly logger: ldk.Logger;
  readonly persister: ldk.Persist;
  readonly keys: ldk.KeysManager;
  readonly chainMonitor: ldk.ChainMonitor;
  readonly router: ldk.DefaultRouter;
  readonly messageRouter: ldk.DefaultMessageRouter;
  readonly config: ldk.UserConfig;
}

const FEE_SATS_PER_1000_WEIGHT = 253;

/** Makes the graph that the nodes of one network share. */
export function createNetworkGraph(): ldk.NetworkGraph {
  const logger = ldk.Logger.new_impl({ log: () => undefined });
  return ldk.NetworkGraph.constructor_new(ldk.Network.LDKNetwork_Regtest, logger);
}

/** Builds the parts of the node whose keys come from `seed` (32 bytes). */
export function buildNodeParts(seed: Uint8Array, surroundings: NodeSurroundings): NodeParts {
  const feeEstimator = ldk.FeeEstimator.new_impl({
    get_est_sat_per_1000_weight: () => FEE_SATS_PER_1000_WEIGHT,
  });
  const broadcaster = ldk.BroadcasterInterface.new_impl({
    broadcast_transactions: (transactions) => {
      guarded(surroundings, () => {
        for (const transaction of transactions) surroundings.broadcast(Uint8Array.from(transaction));
      });
    },
  });
  const logger = ldk.Logger.new_impl({ log: () => undefined });
  const persister = persisterFor(surroundings);
  const keys = keysFrom(seed);
  const { graph } = surroundings;
  const scorer = ldk.ProbabilisticScorer.constructor_new(
    ldk.ProbabilisticScoringDecayParameters.constructor_default(),
    graph,
    logger,
  );
  const score = ldk.MultiThreadedLockableScore.constructor_new(scorer.as_Score());
  const router = ldk.DefaultRouter.constructor_new(
    graph,
    logger,
    keys.as_EntropySource(),
    score.as_LockableScore(),
    ldk.ProbabilisticScoringFeeParameters.constructor_default(),
  );
  return {
    feeEstimator,
    broadcaster,
    logger,
    persister,
    keys,
    chainMonitor: ldk.ChainMonitor.constructor_new(
      ldk.Option_FilterZ.constructor_none(),
      broadcaster,
      logger,
      feeEstimator,
      persister,
    ),
    router,
    messageRouter: ldk.DefaultMessageRouter.constructor_new(graph, keys.as_EntropySource()),
    config: channelConfig(),
  };
}

/** The starting time makes LDK's random bytes new, so it must differ at every start: never the injected clock. */
function keysFrom(seed: Uint8Array): ldk.KeysManager {
  const startedAt = BigInt(Math.floor(Date.now() / 1000));
  return ldk.KeysManager.constructor_new(seed, startedAt, randomInt(1_000_000_000));
}

/** Every change counts as saved at once: the cut that holds it reaches the disk before anybody hears of it. */
function persisterFor(surroundings: NodeSurroundings): ldk.Persist {
  const completed = ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
  return ldk.Persist.new_impl({
    persist_new_channel: (outpoint, monitor) => {
      guarded(surroundings, () => surroundings.saveMonitor(outpoint, null, monitor));
      return completed;
    },
    update_persisted_channel: (outpoint, update, monitor) => {
      guarded(surroundings, () => surroundings.saveMonitor(outpoint, update, monitor));
      return completed;
    },
    archive_persisted_channel: () => undefined,
  });
}

/** An exception must not travel through WebAssembly. */
function guarded(surroundings: NodeSurroundings, run: () => void): void {
  try {
    run();
  } catch (error) {
    surroundings.broken(error);
  }
}

/** Largest sum of payments too small for an output of their own: with LDK's default two would block a channel. */
const MAX_DUST_EXPOSURE_MSAT = 5_000_000_000n;
/** The most that BOLT 2 allows in one direction of a channel. */
const MAX_PENDING_HTLCS = 483;

/** Channels that confirm with one block, carry their whole capacity at once, and forward for nothing. */
function channelConfig(): ldk.UserConfig {
  const config = ldk.UserConfig.constructor_default();
  const handshake = config.get_channel_handshake_config();
  handshake.set_minimum_depth(1);
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  handshake.set_our_max_accepted_htlcs(MAX_PENDING_HTLCS);
  config.set_channel_handshake_config(handshake);
  const channel = config.get_channel_config();
  channel.set_max_dust_htlc_exposure(
    ldk.MaxDustHTLCExposure.constructor_fixed_limit_msat(MAX_DUST_EXPOSURE_MSAT),
  );
  channel.set_forwarding_fee_base_msat(0);
  channel.set_forwarding_fee_proportional_millionths(0);
  config.set_channel_config(channel);
  config.set_accept_forwards_to_priv_channels(true);
  return config;
}
