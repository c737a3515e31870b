import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCall, useTopic } from '../app/index.ts';
import { tagValues } from '../../src/protocol/index.ts';
import type { RunState } from '../engine/contract.ts';
import type { Session, WrittenWords } from '../engine/index.ts';
import { WordsPanel } from '../words/index.ts';
import { hasEnded } from './stages.ts';
import { useRunText } from './strings.en.ts';
import { useHeard } from './use-heard.ts';

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
  const { together, purchase } = run;
  const requestIds = together.length === 0 ? [purchase.requestId] : together.map((asked) => asked.requestId);
  const words = useHeard(requestIds);
  const asking = useCall('market.write');
  const to = addresseesOf(run, words);
  if (!isOpen && words.length === 0)
    return to.length === 0 ? null : <OpenButton label={text('words-open')} onOpen={onOpen} />;
  return (
    <WordsPanel
      words={words}
      to={to}
      isSending={asking.askedAt !== null}
      failure={asking.failure}
      onSend={async (said, providerPubkey) => {
        const own = together.find((asked) => asked.providerPubkey === providerPubkey); // it knows its own request only
        const { requestId } = own ?? purchase;
        return (await asking.ask({ requestId, providerPubkey, text: said }))?.ok === true;
      }}
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

/** Who works on it; else whoever wrote last, offered, was asked by name or refused. */
function addresseesOf(
  { purchase, together, comparison, errors }: RunState,
  words: readonly WrittenWords[],
): readonly string[] {
  if (purchase.offer !== null) return [purchase.offer.providerPubkey];
  const writer = words.findLast(({ mine }) => !mine)?.by;
  return [
    ...new Set([
      ...(writer === undefined ? [] : [writer]),
      ...[...(comparison?.offers ?? []), ...together].map(({ providerPubkey }) => providerPubkey),
      ...tagValues(purchase.request, 'p'),
      ...errors.map(({ providerPubkey }) => providerPubkey),
    ]),
  ];
}
