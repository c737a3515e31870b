/**
 * What one of the processes that share the books does for all of them, such as answering pings: a lease by name. It
 * keeps work from being done twice for nothing; where doing it twice would cost money, states and versions forbid it.
 */
export interface Duties {
  /** Takes or keeps the duty for so many seconds; `false` while another holder has it. */
  take(name: string, holder: string, seconds: number): Promise<boolean>;
  /** Gives a duty that this holder has to whoever asks next. */
  giveUp(name: string, holder: string): Promise<void>;
}
