import { failure, success, type Outcome } from '../../../src/protocol/index.ts';
import type { PageLine } from './page-line.ts';

/**
 * Asks the browser, by a page, not to evict the books; `persistent` is what it says. Workers can only look at how it
 * stands.
 */
export async function askForStorage(
  line: PageLine,
): Promise<Outcome<{ readonly persistent: boolean; readonly usedBytes: number }>> {
  const { storage } = navigator;
  try {
    await line.ask({ tool: 'navigator', method: 'storage.persist', params: [] }).catch(() => false);
    const [persistent, { usage = 0 }] = await Promise.all([storage.persisted(), storage.estimate()]);
    return success({ persistent, usedBytes: usage });
  } catch {
    return failure('no-storage', 'This browser tells nothing about its storage.');
  }
}
