import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCall, useTopic } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import type { Session, WrittenWords } from '../engine/index.ts';
import { WordsPanel } from '../words/index.ts';
import { hasEnded } from './stages.ts';
import { useRunText } from './strings.en.ts';

/** Keys that this page holds itself decrypt without asking anybody. */
const HELD_HERE: ReadonlySet<Session['by']> = new Set(['new-key', 'ncryptsec']);

/**
 * Private words about a run. A provider may ask something before it offers anything, so that while the run is open a
 * key in this page listens by itself; other signers would be asked about whatever strangers send to the key, and listen
 * once their owner wants to.
 */
export function RunWords({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const session = useTopic('session', null);
  const [isOpen, setIsOpen] = useState(false);
  const isHeldHere = session?.step === 'signed-in' && HELD_HERE.has(session.session.by);
  const open = () => setIsOpen(true);
  if (isOpen || (isHeldHere && !hasEnded(run.purchase.state)))
    return <HeardWords run={run} isOpen={isOpen} onOpen={open} />;
  return <OpenButton label={text('words-open')} onOpen={open} />;
}

function HeardWords({
  run,
  isOpen,
  onOpen,
}: {
  readonly run: RunState;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}) {
  const text = useRunText();
  const asked = providerOf(run);
  const own = run.together.find(({ providerPubkey }) => providerPubkey === asked); // it knows its own request only
  const { requestId } = own ?? run.purchase;
  const words = useTopic('words', { requestId }) ?? [];
  const asking = useCall('market.write');
  const to = run.purchase.offer?.providerPubkey ?? lastAuthor(words) ?? asked;
  if (!isOpen && words.length === 0)
    return to === null ? null : <OpenButton label={text('words-open')} onOpen={onOpen} />;
  return (
    <WordsPanel
      words={words}
      to={to}
      isSending={asking.askedAt !== null}
      failure={asking.failure}
      onSend={async (said) =>
        to !== null && (await asking.ask({ requestId, providerPubkey: to, text: said }))?.ok === true
      }
    />
  );
}

function OpenButton({ label, onOpen }: { readonly label: string; readonly onOpen: () => void }) {
  return (
    <div>
      <Button size="xs" variant="default" onClick={onOpen}>
        {label}
      </Button>
    </div>
  );
}

/** Who works on it, or offered or refused first. */
function providerOf({ purchase, comparison, errors }: RunState): string | null {
  return (
    purchase.offer?.providerPubkey ??
    comparison?.offers[0]?.providerPubkey ??
    errors[0]?.providerPubkey ??
    null
  );
}

function lastAuthor(words: readonly WrittenWords[]): string | null {
  return words.findLast(({ mine }) => !mine)?.by ?? null;
}
