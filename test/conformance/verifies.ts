import { test } from 'vitest';
import type { RequirementId } from './manifest.ts';

/** A test that verifies requirements of the manifest; they stand in its title. */
export function verifies(
  ids: RequirementId | readonly RequirementId[],
  title: string,
  run: () => void | Promise<void>,
): void {
  test(`${[ids].flat().join(', ')}: ${title}`, run);
}
