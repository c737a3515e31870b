import { withoutControls } from './output.ts';

/** A wait that says what it waits for: one living line at a terminal, a line for each change elsewhere. */
export interface Progress {
  /** What is happening now; `usualSeconds` is shown beside the elapsed time. */
  now(what: string, usualSeconds?: number | null): void;
  /** Something that is done, kept on the screen. */
  done(what: string): void;
  /** Something that did not work out, kept on the screen. */
  failed(what: string): void;
  stop(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Progress on stderr. */
export function startProgress(stream: NodeJS.WriteStream): Progress {
  const living = stream.isTTY;
  let what = '';
  let usual: number | null = null;
  let since = performance.now();
  let frame = 0;
  let stopped = false;
  const draw = () => {
    if (what === '') return;
    const elapsed = `${((performance.now() - since) / 1000).toFixed(1)} s`;
    const usually = usual === null ? '' : ` (usually ${usual} s)`;
    const text = `${FRAMES[frame++ % FRAMES.length]} ${what} · ${elapsed}${usually}`;
    stream.write(`\r\u001b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`);
  };
  const timer = living ? setInterval(draw, 120) : null;
  const clear = () => living && stream.write('\r\u001b[2K');
  const keep = (mark: string, text: string) => {
    if (stopped) return;
    clear();
    stream.write(`${mark} ${withoutControls(text)}\n`);
    what = '';
  };
  return {
    now(next, usualSeconds = null) {
      const clean = withoutControls(next);
      if (clean === what || stopped) return;
      [what, usual, since] = [clean, usualSeconds, performance.now()];
      if (living) draw();
      else stream.write(`… ${clean}\n`);
    },
    done: (text) => keep('✔', text),
    failed: (text) => keep('✖', text),
    stop() {
      if (stopped) return;
      stopped = true;
      if (timer) clearInterval(timer);
      clear();
      what = '';
    },
  };
}
