import { formatNcryptsec, generateSecretKey, parseSecretKey, pubkeyOf } from '../../src/keys/index.ts';
import type { KeyAnswer, KeyQuestion } from './key-messages.ts';

// Locking and opening keep a thread busy for a second: the page goes on meanwhile.
globalThis.addEventListener('message', ({ data: question }: MessageEvent<KeyQuestion>) =>
  globalThis.postMessage(answerTo(question)),
);

function answerTo(question: KeyQuestion): KeyAnswer {
  if (question.type === 'open')
    return { type: 'opened', fits: parseSecretKey(question.ncryptsec, question.password).ok };
  const secretKey = generateSecretKey();
  const ncryptsec = formatNcryptsec(secretKey, question.password);
  return { type: 'made', secretKey, pubkey: pubkeyOf(secretKey), ncryptsec };
}
