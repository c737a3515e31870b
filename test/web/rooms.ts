import { globSync } from 'node:fs';
import { join } from 'node:path';

const WEB = join(import.meta.dirname, '..', '..', 'web');

/** Has every room of the web app register what it says. */
export async function loadAllRooms(): Promise<void> {
  const files = [...globSync('**/*strings.en.ts', { cwd: WEB }), 'app/kit/kinds.tsx'];
  await Promise.all(files.map((file) => import(join(WEB, file))));
}
