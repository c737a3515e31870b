/** Two tabs of one job write on one draft: neither loses what was typed in it, and neither writes over the other unseen. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepDrafts } from '../../web/engine/worker/working/drafts.ts';
import type { Draft, KeptDraftState } from '../../web/engine/work-contract.ts';
import {
  draftAfter,
  draftBegun,
  isUnsaved,
  madeOf,
  type DraftNews,
  type EditedDraft,
} from '../../web/workbench/draft-merge.ts';
import { memoryVault } from './memory-vault.ts';

const JOB = 'a'.repeat(64);
const written = (content: string): Draft => ({ content, mediaType: 'text/plain', file: null });

/** A tab as the page has it: what it shows, what it was told and has not heard yet, what it asked for. */
interface Tab {
  edited: EditedDraft;
  readonly inbox: DraftNews[];
  readonly asked: { readonly draft: Draft; readonly over: number }[];
  /** Typed here, and given up for what another tab wrote, by choice. */
  readonly givenUp: Set<string>;
}

function openTwoTabs() {
  const drafts = keepDrafts(memoryVault());
  const everKept = new Set<string>();
  const tabs: readonly [Tab, Tab] = [openTab(), openTab()];
  const hears = new AbortController();
  drafts.watch(
    JOB,
    (kept: KeptDraftState) => {
      if (kept.draft !== null) everKept.add(kept.draft.content);
      for (const { inbox } of tabs) inbox.push({ type: 'told', kept: structuredClone(kept) });
    },
    hears.signal,
  );
  const tell = (tab: Tab, news: DraftNews) => (tab.edited = draftAfter(tab.edited, news));
  return {
    drafts,
    tabs,
    everKept,
    tell,
    hears,
    type: (tab: Tab, content: string) => tell(tab, { type: 'edited', draft: written(content) }),
    save(tab: Tab) {
      const { edited } = tab;
      if (!isUnsaved(edited) || edited.sending !== null || edited.hasFailed) return false;
      tab.asked.push({ draft: edited.draft, over: madeOf(edited) });
      tell(tab, { type: 'sent', draft: edited.draft });
      return true;
    },
    async answer(tab: Tab) {
      const call = tab.asked.shift();
      if (call === undefined) return false;
      const done = await drafts.save(JOB, call.draft, call.over);
      const version = done.ok ? done.value : null;
      tab.inbox.push({ type: 'answered', draft: call.draft, version });
      return true;
    },
    hear(tab: Tab) {
      const news = tab.inbox.shift();
      if (news === undefined) return false;
      tell(tab, news);
      return true;
    },
    choose(tab: Tab, side: 'own' | 'other') {
      if (tab.edited.other === null) return;
      if (side === 'other') tab.givenUp.add(tab.edited.draft.content);
      tell(tab, { type: 'chosen', side });
    },
  };
}

function openTab(): Tab {
  const edited = draftBegun({ draft: null, submitted: false, version: 0 });
  return { edited, inbox: [], asked: [], givenUp: new Set() };
}

const step = fc.record({
  tab: fc.constantFrom(0, 1),
  what: fc.constantFrom('type', 'save', 'answer', 'hear', 'own', 'other'),
});

test('however their writing and its news cross, both show what is kept or ask their person, and nothing typed is gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { tabs, drafts, everKept, hears, ...stage } = openTwoTabs();
      for (const [at, { tab: index, what }] of steps.entries()) {
        const tab = tabs[index === 0 ? 0 : 1];
        if (what === 'type') stage.type(tab, `typed ${at}`);
        else if (what === 'own' || what === 'other') stage.choose(tab, what);
        else await stage[what](tab);
      }
      // What was typed last stands there, unless it was kept before, or given up by choice.
      let isQuiet = false;
      while (!isQuiet) {
        isQuiet = true;
        for (const tab of tabs)
          for (const what of ['save', 'answer', 'hear'] as const) if (await stage[what](tab)) isQuiet = false;
      }
      hears.abort();
      const kept = await drafts.of(JOB);
      for (const { edited } of tabs)
        if (edited.other === null) expect(edited.draft.content).toBe(kept.draft?.content ?? '');
        else expect(edited.other.draft.content).toBe(kept.draft?.content);
      for (const [at, { tab: index, what }] of steps.entries()) {
        if (what !== 'type' || isTypedOver(steps, at, index)) continue;
        const { edited, givenUp } = tabs[index === 0 ? 0 : 1];
        const content = `typed ${at}`;
        expect([everKept.has(content), givenUp.has(content), edited.draft.content === content]).toContain(
          true,
        );
      }
    }),
    { numRuns: 300 },
  );
});

/** Whether its own tab was typed in again. */
function isTypedOver(
  steps: readonly { readonly tab: number; readonly what: string }[],
  at: number,
  tab: number,
): boolean {
  return steps.slice(at + 1).some((later) => later.what === 'type' && later.tab === tab);
}

test('a stale tab neither keeps nor delivers over what another one wrote; what is delivered stays', async () => {
  const drafts = keepDrafts(memoryVault());
  expect(await drafts.save(JOB, written('one'), 0)).toEqual({ ok: true, value: 1 });
  expect(await drafts.save(JOB, written('one'), 0)).toEqual({ ok: true, value: 1 }); // the same call once more
  expect(await drafts.save(JOB, written('two'), 1)).toEqual({ ok: true, value: 2 });
  const stale = { ok: false, failure: { code: 'draft-changed' } };
  expect(await drafts.save(JOB, written('of the other tab'), 1)).toMatchObject(stale);
  expect(await drafts.submit(JOB, written('of the other tab'), 1)).toMatchObject(stale);
  expect(await drafts.submitted(JOB)).toBeNull();
  expect(await drafts.submit(JOB, written('two'), 2)).toEqual({ ok: true, value: 3 });
  expect(await drafts.save(JOB, written('three'), 3)).toMatchObject(stale);
  expect(await drafts.submitted(JOB)).toEqual(written('two'));
  await drafts.reopen(JOB);
  expect(await drafts.of(JOB)).toEqual({ draft: written('two'), submitted: false, version: 4 });
  expect(await drafts.save(JOB, written('three'), 4)).toEqual({ ok: true, value: 5 });
});
