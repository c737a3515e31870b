import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCall, useTopic } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { WordsPanel } from '../words/index.ts';
import { useRunText } from './strings.en.ts';

/** Words with the provider; opened by hand, as reading them has the signer decrypt whatever is sent to this key. */
export function RunWords({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const [isOpen, setIsOpen] = useState(false);
  const providerPubkey =
    run.purchase.offer?.providerPubkey ??
    run.comparison?.offers[0]?.providerPubkey ??
    run.errors[0]?.providerPubkey;
  if (providerPubkey === undefined) return null;
  const asked = run.together.find((one) => one.providerPubkey === providerPubkey); // it knows its own request only
  const { requestId } = asked ?? run.purchase;
  if (isOpen) return <OpenWords requestId={requestId} providerPubkey={providerPubkey} />;
  return (
    <div>
      <Button size="xs" variant="default" onClick={() => setIsOpen(true)}>
        {text('words-open')}
      </Button>
    </div>
  );
}

function OpenWords({
  requestId,
  providerPubkey,
}: {
  readonly requestId: string;
  readonly providerPubkey: string;
}) {
  const words = useTopic('words', { requestId }) ?? [];
  const asking = useCall('market.write');
  return (
    <WordsPanel
      words={words}
      isSending={asking.askedAt !== null}
      failure={asking.failure}
      onSend={async (text) => (await asking.ask({ requestId, providerPubkey, text }))?.ok === true}
    />
  );
}
