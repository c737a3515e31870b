import type { ChannelMonitor, ChannelMonitorUpdate, OutPoint } from 'lightningdevkit';
import { HEADER_BYTES, type Block, type ChainState } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Cut } from './cut.ts';
import { LdkClones } from './ldk.ts';
import { bytes, integer, text } from './sql-row.ts';
import { toHex } from './transactions.ts';

/** A node as its file remembers it. */
export interface SavedNode {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly manager: Uint8Array;
}

/** A channel's monitor: the last whole copy and the updates since, oldest first. */
export interface SavedMonitor {
  readonly outpoint: string;
  readonly raw: Uint8Array;
  readonly updates: readonly Uint8Array[];
}

/** Updates of a monitor may take this many bytes before the whole monitor is written again, however small it is. */
const MIN_UPDATE_BYTES = 32_768;

/** Reads and writes the chain, the nodes and their monitors inside the open cut. */
export class Persistence {
  readonly #cut: Cut;
  readonly #checkpoint: Checkpoint;
  /** Bytes of the last whole copy and of the updates after it, by node and outpoint. */
  readonly #monitorBytes = new Map<string, { readonly whole: number; updates: number }>();

  constructor(cut: Cut, checkpoint: Checkpoint) {
    this.#cut = cut;
    this.#checkpoint = checkpoint;
  }

  /** The chain as saved; `null` in a new file. */
  chain(): ChainState | null {
    const [row] = this.#cut.rows('SELECT height, tip_hash, last_block_time, mempool FROM chain');
    if (row === undefined) return null;
    return {
      height: integer(row, 'height'),
      tipHash: bytes(row, 'tip_hash'),
      lastBlockTime: integer(row, 'last_block_time'),
      mempool: listed(text(row, 'mempool')).map((raw) => Buffer.from(raw, 'hex')),
    };
  }

  saveChain(chain: ChainState): void {
    const mempool = chain.mempool.map(toHex).join();
    this.#cut.write(
      'INSERT OR REPLACE INTO chain (id, height, tip_hash, last_block_time, mempool) VALUES (1, ?, ?, ?, ?)',
      chain.height,
      chain.tipHash,
      chain.lastBlockTime,
      mempool,
    );
  }

  /** Keeps a block for those that may have to see it again, and forgets blocks that everyone has on disk. */
  saveBlock(block: Block): void {
    const sizes = block.transactions.map((transaction) => transaction.length).join();
    this.#cut.write('INSERT INTO blocks VALUES (?, ?, ?)', block.height, block.raw, sizes);
    this.#cut.write(
      `DELETE FROM blocks WHERE height <= (
         SELECT min(height) FROM (SELECT height FROM nodes UNION ALL SELECT height FROM monitors))`,
    );
  }

  /** The kept blocks above a height, lowest first. */
  blocksAbove(height: number): Block[] {
    const rows = this.#cut.rows(
      'SELECT height, raw, transaction_bytes FROM blocks WHERE height > ? ORDER BY height',
      height,
    );
    return rows.map((row) => {
      const raw = bytes(row, 'raw');
      let at = HEADER_BYTES + 1;
      const transactions = listed(text(row, 'transaction_bytes')).map((size) => {
        at += Number(size);
        return raw.subarray(at - Number(size), at);
      });
      return { height: integer(row, 'height'), raw, transactions };
    });
  }

  nodes(): SavedNode[] {
    return this.#cut
      .rows('SELECT name, seed, manager FROM nodes ORDER BY name')
      .map((row) => ({ name: text(row, 'name'), seed: bytes(row, 'seed'), manager: bytes(row, 'manager') }));
  }

  saveNode(node: SavedNode & { readonly height: number }): void {
    this.#cut.write(
      'INSERT OR REPLACE INTO nodes (name, seed, manager, height) VALUES (?, ?, ?, ?)',
      node.name,
      node.seed,
      node.manager,
      node.height,
    );
    this.#checkpoint('bank:manager');
  }

  monitors(node: string): SavedMonitor[] {
    return this.#cut.rows('SELECT outpoint, raw FROM monitors WHERE node = ?', node).map((row) => {
      const outpoint = text(row, 'outpoint');
      const raw = bytes(row, 'raw');
      const updates = this.#cut
        .rows(
          'SELECT raw FROM monitor_updates WHERE node = ? AND outpoint = ? ORDER BY update_id',
          node,
          outpoint,
        )
        .map((update) => bytes(update, 'raw'));
      const updateBytes = updates.reduce((sum, update) => sum + update.length, 0);
      this.#monitorBytes.set(`${node} ${outpoint}`, { whole: raw.length, updates: updateBytes });
      return { outpoint, raw, updates };
    });
  }

  /**
   * Saves what changed in a monitor: the update alone while updates stay smaller than the monitor, else the
   * whole monitor, because it grows with every payment for as long as its channel lives. Takes over the
   * clones that LDK handed out: they are freed here.
   */
  saveMonitor(
    node: string,
    outpoint: OutPoint,
    update: ChannelMonitorUpdate | null,
    monitor: ChannelMonitor,
  ): void {
    const key = outpointKey(outpoint);
    const size = this.#monitorBytes.get(`${node} ${key}`);
    const isDelta = update !== null && !LdkClones.isNull(update);
    if (isDelta && size !== undefined && size.updates < Math.max(size.whole, MIN_UPDATE_BYTES)) {
      const raw = update.write();
      size.updates += raw.length;
      this.#cut.write(
        'INSERT INTO monitor_updates (node, outpoint, update_id, raw) VALUES (?, ?, ?, ?)',
        node,
        key,
        update.get_update_id(),
        raw,
      );
    } else this.#saveWholeMonitor(node, key, monitor);
    LdkClones.free(monitor, update);
    this.#checkpoint('bank:monitor');
  }

  #saveWholeMonitor(node: string, key: string, monitor: ChannelMonitor): void {
    const raw = monitor.write();
    this.#monitorBytes.set(`${node} ${key}`, { whole: raw.length, updates: 0 });
    this.#cut.write(
      'INSERT OR REPLACE INTO monitors (node, outpoint, raw, height) VALUES (?, ?, ?, ?)',
      node,
      key,
      raw,
      monitor.current_best_block().get_height(),
    );
    this.#cut.write('DELETE FROM monitor_updates WHERE node = ? AND outpoint = ?', node, key);
  }
}

function outpointKey(outpoint: OutPoint): string {
  return `${toHex(outpoint.get_txid())}:${outpoint.get_index()}`;
}

/** The entries of a comma-separated column. */
function listed(column: string): string[] {
  return column === '' ? [] : column.split(',');
}
