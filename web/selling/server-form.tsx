import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Fault, Notice, Panel, revealHidden, Untrusted, useCall, useTopic, Wait } from '../app/index.ts';
import { buildAnnouncement, changeAnnouncement, type Announcement } from '../../src/protocol/index.ts';
import { KindField } from './kind-field.tsx';
import { ReplaceDialog } from './replace-dialog.tsx';
import {
  draftOf,
  identifierOf,
  problemsOf,
  signOf,
  withKind,
  type SignProblem,
  type WrittenSign,
} from './server-sign.ts';
import { changesBetween } from './sign-changes.ts';
import { SignPreview } from './sign-preview.tsx';
import { ServerSettings } from './server-settings.tsx';
import { useServerText } from './server.strings.en.ts';
import css from './selling.module.css';

const MAX_NAME_CHARS = 80;
const MAX_ABOUT_CHARS = 1_000;
const MAX_PICTURE_CHARS = 2_000;
const PRICINGS = ['fixed', 'flexible', 'free'] as const satisfies readonly WrittenSign['pricing'][];

/** The parts of an announcement one after the other, beside how customers will see it. */
export function ServerForm({
  sign,
  takesFocus,
  pubkey,
  signs,
  onSign,
  onAnnounced,
  onAnother,
}: {
  readonly sign: WrittenSign;
  /** Somebody pressed something to write this one. */
  readonly takesFocus: boolean;
  /** Who signs it; `null` while nobody can. */
  readonly pubkey: string | null;
  /** What the key announces already. */
  readonly signs: readonly Announcement[];
  readonly onSign: (sign: WrittenSign) => void;
  readonly onAnnounced: () => void;
  readonly onAnother: () => void;
}) {
  const text = useServerText();
  const announcing = useCall('directory.announce');
  const relays = useTopic('relays', null);
  const [showProblems, setShowProblems] = useState(false);
  const [announcedId, setAnnouncedId] = useState<string | null>(null);
  const [asks, setAsks] = useState(false);
  const ready = signOf(sign);
  const before = signs.find(({ identifier }) => identifier === identifierOf(sign))?.event ?? null;
  const draft = ready && { ...ready, createdAt: 0 };
  const template = draft && (before === null ? buildAnnouncement(draft) : changeAnnouncement(before, draft));
  const problems = showProblems ? problemsOf(sign) : NO_PROBLEMS;
  const change = (changed: Partial<WrittenSign>) => {
    setAnnouncedId(null);
    onSign({ ...sign, ...changed });
  };
  const announce = async () => {
    setAsks(false);
    if (ready === null) return;
    const done = await announcing.ask({ sign: ready, beforeId: before?.id ?? null });
    onAnnounced();
    if (done?.ok !== true) return;
    setShowProblems(false);
    setAnnouncedId(ready.identifier);
  };
  return (
    <form
      className={css['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setShowProblems(true);
        if (ready !== null && before !== null) setAsks(true);
        else void announce();
      }}
    >
      <Panel title={text('part-what')}>
        <div className={css['skill']}>
          <WhatFields {...{ sign, problems, takesFocus, onSign }} onChange={change} />
          <SignPreview sign={draftOf(sign)} pubkey={pubkey} />
        </div>
      </Panel>
      <Panel title={text('part-terms')}>
        <TermFields sign={sign} problems={problems} onChange={change} />
      </Panel>
      <Panel title={text('part-settings')}>
        <ServerSettings
          kind={sign.kind}
          settings={sign.settings}
          onSettings={(settings) => change({ settings })}
        />
      </Panel>
      <Panel title={text('part-publish')}>
        <details className={css['dim']}>
          <summary>{text('raw')}</summary>
          <p>
            {text('goes-to')}{' '}
            <Untrusted max={400}>{relays?.map(({ url }) => url).join(', ') ?? ''}</Untrusted>
          </p>
          <pre className={css['code']} tabIndex={0}>
            {template === null
              ? text('raw-incomplete')
              : revealHidden(JSON.stringify(template, withoutMoment, 2))}
          </pre>
        </details>
        {showProblems && ready === null && <Notice tone="bad">{text('incomplete')}</Notice>}
        {announcing.failure !== null && <Fault failure={announcing.failure} />}
        {announcedId !== null && pubkey !== null && (
          <Notice
            tone="good"
            title={text('announced')}
            actions={
              <>
                <Link to="/service/$pubkey/$identifier" params={{ pubkey, identifier: announcedId }}>
                  {text('to-service')}
                </Link>
                <Button size="compact-sm" variant="default" onClick={onAnother}>
                  {text('another')}
                </Button>
              </>
            }
          >
            {text('announced-about')}
          </Notice>
        )}
        {announcedId === null && before !== null && <Notice>{text('replaces')}</Notice>}
        {announcing.askedAt === null ? (
          <div>
            <Button type="submit" disabled={pubkey === null}>
              {text('announce')}
            </Button>
          </div>
        ) : (
          <Wait title={text('announcing')} since={announcing.askedAt} usualSeconds={2} />
        )}
      </Panel>
      {asks && template !== null && before !== null && (
        <ReplaceDialog
          changes={changesBetween(before, template)}
          onClose={() => setAsks(false)}
          onReplace={() => void announce()}
        />
      )}
    </form>
  );
}

const NO_PROBLEMS: ReadonlySet<SignProblem> = new Set();

/** The moment is that of signing. */
function withoutMoment(key: string, value: unknown): unknown {
  return key === 'created_at' ? undefined : value;
}

interface PartOfForm {
  readonly sign: WrittenSign;
  readonly problems: ReadonlySet<SignProblem>;
  readonly onChange: (changed: Partial<WrittenSign>) => void;
}

function WhatFields({
  sign,
  problems,
  takesFocus,
  onChange,
  onSign,
}: PartOfForm & { readonly takesFocus: boolean; readonly onSign: (sign: WrittenSign) => void }) {
  const text = useServerText();
  return (
    <div className={css['fields']}>
      <KindField
        kind={sign.kind}
        among={() => true}
        takesOthers
        onKind={(kind) => onSign(withKind(sign, kind))}
      />
      <TextInput
        autoFocus={takesFocus}
        label={text('name')}
        maxLength={MAX_NAME_CHARS}
        value={sign.name}
        error={problems.has('name') && text('name-bad')}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Textarea
        label={text('about')}
        rows={3}
        maxLength={MAX_ABOUT_CHARS}
        value={sign.about}
        onChange={(event) => onChange({ about: event.currentTarget.value })}
      />
      <TextInput
        label={text('seller')}
        maxLength={MAX_NAME_CHARS}
        value={sign.seller}
        onChange={(event) => onChange({ seller: event.currentTarget.value })}
      />
      <TextInput
        label={text('picture')}
        placeholder="https://…"
        maxLength={MAX_PICTURE_CHARS}
        value={sign.picture}
        error={problems.has('picture') && text('picture-bad')}
        onChange={(event) => onChange({ picture: event.currentTarget.value })}
      />
      <TextInput
        label={text('identifier')}
        description={text('identifier-about')}
        maxLength={64}
        value={sign.identifier ?? (sign.name.trim() === '' ? '' : identifierOf(sign))}
        error={problems.has('identifier') && text('identifier-bad')}
        onChange={(event) => onChange({ identifier: event.currentTarget.value })}
      />
    </div>
  );
}

function TermFields({ sign, problems, onChange }: PartOfForm) {
  const text = useServerText();
  return (
    <div className={css['fields']}>
      <NativeSelect
        label={text('pricing')}
        data={PRICINGS.map((pricing) => ({ value: pricing, label: text(`pricing-${pricing}`) }))}
        value={sign.pricing}
        onChange={(event) => {
          const chosen = PRICINGS.find((pricing) => pricing === event.currentTarget.value);
          onChange({ pricing: chosen ?? 'fixed' });
        }}
      />
      {sign.pricing !== 'free' && (
        <TextInput
          label={text(sign.pricing === 'fixed' ? 'sats' : 'sats-from')}
          inputMode="numeric"
          value={sign.sats}
          error={problems.has('sats') && text(sign.pricing === 'fixed' ? 'sats-bad' : 'sats-from-bad')}
          onChange={(event) => onChange({ sats: event.currentTarget.value })}
        />
      )}
      <Checkbox
        label={text('encrypted')}
        checked={sign.encrypted}
        onChange={(event) => onChange({ encrypted: event.currentTarget.checked })}
      />
      <Checkbox
        label={text('nutzaps')}
        checked={sign.nutzaps}
        onChange={(event) => onChange({ nutzaps: event.currentTarget.checked })}
      />
    </div>
  );
}
