import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageFile } from './page-file.ts';
import { PAGE_BYTES } from './pages.ts';

const page = (fill: number) => new Uint8Array(PAGE_BYTES).fill(fill);

/** What the file says, page by page. */
function pagesOf(file: PageFile): (number | undefined)[] {
  return Array.from({ length: file.size / PAGE_BYTES }, (_, number) => {
    const into = new Uint8Array(1);
    file.read(into, number * PAGE_BYTES + 7);
    return into[0];
  });
}

describe('a file of pages', () => {
  it('is what was written, and after a failed write to the disk what it was before', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('write'), at: fc.nat(5), fill: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ type: fc.constant('truncate'), at: fc.nat(5), fill: fc.constant(0) }),
      fc.record({ type: fc.constantFrom('keep', 'takeBack'), at: fc.constant(0), fill: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const file = new PageFile(new Map());
        let disk: number[] = [];
        let model: number[] = [];
        for (const { type, at, fill } of steps) {
          if (type === 'write') {
            const number = Math.min(at, model.length); // SQLite leaves no holes
            expect(file.write(page(fill), number * PAGE_BYTES)).toBe(true);
            model = number === model.length ? [...model, fill] : model.with(number, fill);
          } else if (type === 'truncate') {
            file.truncate(at * PAGE_BYTES);
            model = model.slice(0, at);
          } else if (type === 'keep') {
            const changed = file.changed();
            if (changed !== null) {
              const written = disk.slice(0, changed.count);
              for (const [number, bytes] of changed.pages) written[number] = bytes[0] ?? 0;
              disk = written;
            }
            file.keep();
          } else {
            file.takeBack();
            model = disk;
          }
          expect(pagesOf(file)).toEqual(model);
          if (type === 'keep') expect(disk).toEqual(model);
        }
      }),
    );
  });

  it('reads parts of a page, and nothing beyond its end', () => {
    const file = new PageFile(new Map([[0, page(9)]]));
    const into = new Uint8Array(16);
    expect(file.read(into, 24)).toBe(true);
    expect([...into]).toEqual(Array.from({ length: 16 }, () => 9));
    expect(file.read(into, PAGE_BYTES)).toBe(false);
    expect([...into]).toEqual(Array.from({ length: 16 }, () => 0));
    expect(file.write(new Uint8Array(10), 0)).toBe(false);
  });
});
