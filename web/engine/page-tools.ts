import type { PageAnswer, PageQuestion } from './wire.ts';

/**
 * Asks what an extension put into this page; workers have no such thing. What it says is passed on as plain data,
 * untrusted.
 */
export async function askExtension({ tool, method, params }: PageQuestion): Promise<PageAnswer> {
  const extension: unknown = Reflect.get(globalThis, tool);
  if (typeof extension !== 'object' || extension === null) return { type: 'absent' };
  if (method === '') return { type: 'value', value: methodsOf(extension) };
  const [name = '', ...path] = method.split('.').toReversed();
  const owner = path.toReversed().reduce<unknown>(memberOf, extension);
  const called = memberOf(owner, name);
  if (typeof called !== 'function') return { type: 'absent' };
  try {
    const value: unknown = await Reflect.apply(called, owner, params);
    return { type: 'value', value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'refused', message: message.slice(0, 500) };
  }
}

function memberOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

const METHODS = ['enable', 'sendPayment', 'makeInvoice', 'lookupInvoice', 'getBalance', 'nip44', 'nip04'];

function methodsOf(extension: object): string[] {
  return METHODS.filter((name) => Reflect.get(extension, name) !== undefined);
}
