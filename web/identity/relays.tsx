import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { normalizeRelayUrl } from '../../src/protocol/index.ts';
import { Chip, Fault, Panel, Untrusted, useCall, useTopic } from '../app/index.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** The relays of this browser: whether they are there, and others instead. */
export function Relays() {
  const text = useIdentityText();
  const relays = useTopic('relays', null) ?? [];
  const set = useCall('session.set-relays');
  const [url, setUrl] = useState('');
  const [isBad, setBad] = useState(false);
  const urls = relays.map((relay) => relay.url);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const normal = normalizeRelayUrl(url.trim());
    if (normal === null) return setBad(true);
    const done = await set.ask({ urls: [...new Set([...urls, normal])] });
    if (done?.ok === true) setUrl('');
  };
  return (
    <Panel title={text('relays-title')}>
      <p className={css['hint']}>{text('relays-about')}</p>
      <ul className={css['relays']}>
        {relays.map((relay) => (
          <li key={relay.url} className={css['relay']}>
            <code>
              <Untrusted max={80}>{relay.url}</Untrusted>
            </code>
            <Chip tone={relay.connected ? 'good' : relay.trouble === null ? 'plain' : 'warn'}>
              {text(relay.connected ? 'relay-on' : relay.trouble === null ? 'relay-idle' : 'relay-off')}
            </Chip>
            <Button
              size="compact-sm"
              variant="subtle"
              className={css['relayRemove']}
              aria-label={text('relay-remove', { url: relay.url })}
              disabled={relays.length === 1}
              title={relays.length === 1 ? text('relay-last') : undefined}
              onClick={() => void set.ask({ urls: urls.filter((other) => other !== relay.url) })}
            >
              {text('relay-remove-short')}
            </Button>
          </li>
        ))}
      </ul>
      <form className={css['addRelay']} onSubmit={(event) => void add(event)}>
        <TextInput
          label={text('relay-add')}
          placeholder="wss://…"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          value={url}
          error={isBad ? text('relay-add-bad') : null}
          onChange={(event) => {
            setUrl(event.currentTarget.value);
            setBad(false);
          }}
        />
        <Button type="submit" variant="default" disabled={url.trim() === ''}>
          {text('relay-add-go')}
        </Button>
      </form>
      {set.failure !== null && <Fault failure={set.failure} />}
    </Panel>
  );
}
