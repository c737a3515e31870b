/**
 * The moments at which a crash is most dangerous: with a monitor written but not its manager
 * (`bank:monitor`), between two managers (`bank:manager`), on both sides of the commit, and between two of
 * the answers that the commit allowed (`bank:acking`).
 */
export const BANK_CHECKPOINTS = [
  'bank:monitor',
  'bank:manager',
  'bank:before-commit',
  'bank:after-commit',
  'bank:acking',
] as const;

/** One of the moments in which crash tests end the process. */
export type BankCheckpoint = (typeof BANK_CHECKPOINTS)[number];

/** Called as the bank passes a checkpoint. */
export type Checkpoint = (passed: BankCheckpoint) => void;

/**
 * Loads the function `checkpoint` that a crash test's module exports; without a module checkpoints do
 * nothing. Functions cannot cross into the bank's thread, so the seam is a module's address.
 */
export async function loadCheckpoint(moduleUrl: string | null): Promise<Checkpoint> {
  if (moduleUrl === null) return () => undefined;
  const module: unknown = await import(moduleUrl);
  const checkpoint: unknown = Reflect.get(Object(module), 'checkpoint');
  if (typeof checkpoint !== 'function') throw new TypeError(`${moduleUrl} exports no function 'checkpoint'`);
  return (passed) => {
    Reflect.apply(checkpoint, undefined, [passed]);
  };
}
