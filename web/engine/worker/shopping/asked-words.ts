import { decryptContent, isHex32, parseJobRequest, type JobRequest } from '../../../../src/protocol/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import type { Vault } from '../vault.ts';

/** What the customer itself asked for, in words. */
export interface AskedWords {
  /** What is known without asking the signer: all of a clear request, of an encrypted one what was kept. */
  of(purchase: Purchase): Promise<string>;
  /** Keeps what an encrypted request says, as it is posted. */
  keep(requestId: string, words: string): Promise<void>;
  /** Has the signer open an encrypted request of which nothing is kept, once; says whether there is more to show. */
  open(purchase: Purchase): Promise<boolean>;
}

const MAX_CHARS = 10_000;
const nameOf = (requestId: string): string => `asked:${requestId}`;

/** Keeps the words in the vault of one identity: no relay shows an encrypted request even to who wrote it. */
export function keepAskedWords({
  signer,
  vault,
}: {
  readonly signer: Signer;
  readonly vault: Vault;
}): AskedWords {
  const tried = new Set<string>();
  const keep = (requestId: string, words: string) =>
    vault.write(nameOf(requestId), words.slice(0, MAX_CHARS));
  const kept = (requestId: string) => vault.read<string>(nameOf(requestId));
  return {
    keep,
    async of({ requestId, request }) {
      const read = parseJobRequest(request);
      if (!read.ok) return '';
      return read.value.encrypted ? ((await kept(requestId)) ?? '') : wordsIn(read.value);
    },
    async open({ requestId, request }) {
      const sealed = parseJobRequest(request);
      const reader = request.tags.find(([name]) => name === 'p')?.[1];
      if (!sealed.ok || !sealed.value.encrypted || !isHex32(reader) || tried.has(requestId)) return false;
      tried.add(requestId);
      if ((await kept(requestId)) !== null) return false;
      const opened = await decryptContent(request, reader, signer);
      const read = opened.ok ? parseJobRequest(request, opened.value) : sealed;
      const words = read.ok ? wordsIn(read.value) : '';
      if (words !== '') await keep(requestId, words);
      return words !== '';
    },
  };
}

/** The first input; a further step of a job names the result before it first. */
function wordsIn({ inputs }: Pick<JobRequest, 'inputs'>): string {
  return ((inputs.find(({ type }) => type !== 'job') ?? inputs[0])?.data ?? '').slice(0, MAX_CHARS);
}
