import type { KeyAnswer, KeyQuestion, MadeKey } from './key-messages.ts';

/** Makes a key and locks it with a password, which takes a worker a second or more. */
export async function makeKey(password: string): Promise<MadeKey> {
  const answer = await askOnce({ type: 'make', password });
  if (answer.type !== 'made') throw new Error('no key was made');
  return answer;
}

/** Whether the password opens the backup. */
export async function opensBackup(ncryptsec: string, password: string): Promise<boolean> {
  const answer = await askOnce({ type: 'open', ncryptsec, password });
  return answer.type === 'opened' && answer.fits;
}

function askOnce(question: KeyQuestion): Promise<KeyAnswer> {
  const worker = new Worker(new URL('./key-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<KeyAnswer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<KeyAnswer>) => resolve(data));
    worker.addEventListener('error', () => reject(new Error('The browser could not work on the key.')));
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
