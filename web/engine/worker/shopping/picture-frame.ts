import type { JobPicture } from '../../../../src/protocol/index.ts';

/** The public picture of one job, which the relays are asked for. */
export interface PictureFrame {
  /** The last one that came. */
  shown(): JobPicture | null;
  /** What the picture should show by now; another text than before has it taken anew, soon. */
  isOf(moment: string): void;
}

/** Relays are asked no more often than this. */
const PAUSE_MS = 3_000;

/** Makes the frame; `onPicture` is told when there is a new one. A picture that cannot be had is left out. */
export function createPictureFrame(
  take: () => Promise<JobPicture>,
  onPicture: () => void,
  signal: AbortSignal,
): PictureFrame {
  let picture: JobPicture | null = null;
  let wanted = '';
  let taken = '';
  let busy = false;
  const takeNext = () => {
    if (busy || wanted === taken || signal.aborted) return;
    busy = true;
    taken = wanted;
    const pause = new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const tried = take().then(
      (next) => {
        picture = next;
        if (!signal.aborted) onPicture();
      },
      () => undefined,
    );
    void Promise.all([tried, pause]).then(() => {
      busy = false;
      takeNext();
    });
  };
  return {
    shown: () => picture,
    isOf(moment) {
      wanted = moment;
      takeNext();
    },
  };
}
