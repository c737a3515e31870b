import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as ldk from 'lightningdevkit';
import * as bindings from 'lightningdevkit/bindings.mjs';
import { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';

const WASM = 'lightningdevkit/liblightningjs.wasm';

/** Loads LDK's WebAssembly into this thread. Every other use of LDK must come after it. */
export async function loadLdk(): Promise<void> {
  const path = createRequire(import.meta.url).resolve(WASM);
  await ldk.initializeWasmFromBinary(await readFile(path));
}

/** The successful half of one of LDK's result types; its constructor is private, its prototype is not. */
interface SuccessClass<Value> {
  readonly prototype: { readonly res: Value };
  [Symbol.hasInstance](value: unknown): boolean;
}

/** The value of an LDK result that can only fail by a bug or by broken data. Throws, naming what was tried. */
export function unwrap<Value>(result: object, success: SuccessClass<Value>, what: string): Value {
  if (isSuccess(result, success)) return result.res;
  throw new Error(`LDK could not ${what}: ${reasonOf(result)}`);
}

/** Throws, naming what was tried, when an LDK call without a value failed. */
export function mustSucceed(result: { is_ok(): boolean }, what: string): void {
  if (!result.is_ok()) throw new Error(`LDK could not ${what}: ${reasonOf(result)}`);
}

function isSuccess<Value>(result: object, success: SuccessClass<Value>): result is { readonly res: Value } {
  return result instanceof success;
}

function reasonOf(result: object): string {
  const reason: unknown = Reflect.get(result, 'err');
  if (typeof reason !== 'object' || reason === null) return String(reason);
  const detail: unknown = Reflect.get(reason, 'err');
  return typeof detail === 'string' ? `${reason.constructor.name} (${detail})` : reason.constructor.name;
}

/**
 * Gives objects that LDK cloned for a callback back to WebAssembly at once. Every change of a channel hands
 * its persister a clone of the whole monitor; left to JavaScript's collector, which sees only a tiny wrapper,
 * these clones cost some 0.13 MB for every payment. Nothing may use the objects afterwards.
 */
export class LdkClones extends CommonBase {
  /** Frees clones that a `Persist` callback received; a clone that is `null` in LDK's eyes is left alone. */
  static free(monitor: ldk.ChannelMonitor, update: ldk.ChannelMonitorUpdate | null): void {
    LdkClones.#free(monitor, 'ChannelMonitor_free');
    if (update !== null) LdkClones.#free(update, 'ChannelMonitorUpdate_free');
  }

  /** LDK's "no update" arrives as a wrapper around a null pointer. */
  static isNull(object: CommonBase): boolean {
    return CommonBase.get_ptr_of(object) === 0n;
  }

  /** The bindings export their free functions without declaring them. */
  static #free(object: CommonBase, name: 'ChannelMonitor_free' | 'ChannelMonitorUpdate_free'): void {
    const pointer = CommonBase.get_ptr_of(object);
    if (pointer === 0n) return;
    const freeNative: unknown = Reflect.get(bindings, name);
    if (typeof freeNative !== 'function') throw new Error(`lightningdevkit no longer exports ${name}`);
    CommonBase.set_null_skip_free(object);
    Reflect.apply(freeNative, undefined, [pointer]);
  }
}
