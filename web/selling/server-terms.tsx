import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import type { WrittenSign } from './server-sign.ts';
import { SELLING_MODES, UNITS, WORKS, type TermsProblem, type WrittenTerms } from './server-toml.ts';
import { useTermsText } from './terms.strings.en.ts';
import css from './selling.module.css';

interface PartOfTerms {
  readonly terms: WrittenTerms;
  readonly problems: ReadonlySet<TermsProblem>;
  readonly onTerms: (terms: WrittenTerms) => void;
}

/** What `coinop serve` has to know of a service besides its sign. */
export function ServerTerms({ sign, ...part }: PartOfTerms & { readonly sign: WrittenSign }) {
  const text = useTermsText();
  const { terms, problems, onTerms } = part;
  return (
    <div className={css['fields']}>
      <div className={css['pair']}>
        <NativeSelect
          label={text('work')}
          data={WORKS.map((work) => ({ value: work, label: text(`work-${work}`) }))}
          value={terms.work}
          onChange={(event) => {
            const work = WORKS.find((each) => each === event.currentTarget.value) ?? 'exec';
            onTerms({ ...terms, work });
          }}
        />
        <TextInput
          label={text(`work-at-${terms.work}`)}
          value={terms.workAt}
          error={problems.has('work') && text('work-bad')}
          onChange={(event) => onTerms({ ...terms, workAt: event.currentTarget.value })}
        />
      </div>
      {sign.pricing === 'flexible' && <PerUnit {...part} />}
      <div className={css['pair']}>
        <TextInput
          label={text('usual')}
          inputMode="numeric"
          value={terms.usualSeconds}
          error={problems.has('times') && text('times-bad')}
          onChange={(event) => onTerms({ ...terms, usualSeconds: event.currentTarget.value })}
        />
        <TextInput
          label={text('worst')}
          inputMode="numeric"
          value={terms.worstSeconds}
          error={problems.has('times') && text('times-bad')}
          onChange={(event) => onTerms({ ...terms, worstSeconds: event.currentTarget.value })}
        />
      </div>
      {sign.pricing !== 'free' && <Modes {...part} />}
      <Conditions {...part} />
      <TextInput
        label={text('relays')}
        description={text('relays-about')}
        placeholder="wss://…"
        value={terms.relays}
        error={problems.has('relays') && text('relays-bad')}
        onChange={(event) => onTerms({ ...terms, relays: event.currentTarget.value })}
      />
    </div>
  );
}

/** What a flexible price is asked for: so much for so many. */
function PerUnit({ terms, problems, onTerms }: PartOfTerms) {
  const text = useTermsText();
  return (
    <div className={css['pair']}>
      <TextInput
        label={text('unit-sats')}
        inputMode="numeric"
        value={terms.unitSats}
        error={problems.has('unit') && text('unit-bad')}
        onChange={(event) => onTerms({ ...terms, unitSats: event.currentTarget.value })}
      />
      <TextInput
        label={text('units')}
        inputMode="numeric"
        value={terms.units}
        error={problems.has('unit') && text('unit-bad')}
        onChange={(event) => onTerms({ ...terms, units: event.currentTarget.value })}
      />
      <NativeSelect
        label={text('unit')}
        data={UNITS.map((unit) => ({ value: unit, label: text(`unit-${unit}`) }))}
        value={terms.unit}
        onChange={(event) => {
          const unit = UNITS.find((each) => each === event.currentTarget.value) ?? 'characters';
          onTerms({ ...terms, unit });
        }}
      />
    </div>
  );
}

/** By which modes it is sold; none chosen leaves it to what the wallet can. */
function Modes({ terms, onTerms }: PartOfTerms) {
  const text = useTermsText();
  return (
    <fieldset className={css['group']}>
      <legend>{text('modes')}</legend>
      <p className={css['dim']}>{text('modes-about')}</p>
      {SELLING_MODES.map((mode) => (
        <Checkbox
          key={mode}
          label={text(`mode-${mode}`)}
          checked={terms.exchanges.includes(mode)}
          onChange={(event) => {
            const isChosen = event.currentTarget.checked;
            const chosen = (each: string) =>
              each === mode ? isChosen : terms.exchanges.some((at) => at === each);
            onTerms({ ...terms, exchanges: SELLING_MODES.filter(chosen) });
          }}
        />
      ))}
    </fieldset>
  );
}

const MOST_CONDITIONS = 20;

/** What is asked for besides money, as offers and refusals say it. */
function Conditions({ terms, problems, onTerms }: PartOfTerms) {
  const text = useTermsText();
  const { conditions } = terms;
  const change = (key: string, changed: { readonly code?: string; readonly detail?: string }) =>
    onTerms({
      ...terms,
      conditions: conditions.map((each) => (each.key === key ? { ...each, ...changed } : each)),
    });
  return (
    <fieldset className={css['group']}>
      <legend>{text('conditions')}</legend>
      <p className={css['dim']}>{text('conditions-about')}</p>
      {conditions.map(({ key, code, detail }, index) => (
        <div key={key} className={css['pair']}>
          <TextInput
            label={text('condition-code', { number: index + 1 })}
            maxLength={64}
            value={code}
            error={problems.has('conditions') && text('condition-bad')}
            onChange={(event) => change(key, { code: event.currentTarget.value })}
          />
          <TextInput
            label={text('condition-detail', { number: index + 1 })}
            maxLength={500}
            value={detail}
            onChange={(event) => change(key, { detail: event.currentTarget.value })}
          />
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => onTerms({ ...terms, conditions: conditions.filter((each) => each.key !== key) })}
          >
            {text('condition-remove', { number: index + 1 })}
          </Button>
        </div>
      ))}
      {conditions.length < MOST_CONDITIONS && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() =>
              onTerms({
                ...terms,
                conditions: [...conditions, { key: crypto.randomUUID(), code: '', detail: '' }],
              })
            }
          >
            {text('condition-add')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
