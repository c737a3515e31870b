import { Checkbox, TextInput } from '@mantine/core';
import { useKinds } from '../app/index.ts';
import type { WrittenSetting } from './server-sign.ts';
import { useServerText } from './server.strings.en.ts';
import css from './selling.module.css';

/** The settings of the kind: which of them a server understands, and with which values. */
export function ServerSettings({
  kind,
  settings,
  onSettings,
}: {
  readonly kind: number;
  readonly settings: readonly WrittenSetting[];
  readonly onSettings: (settings: readonly WrittenSetting[]) => void;
}) {
  const text = useServerText();
  // Announced in English, and read here in the language of the page.
  const { params } = useKinds().of(kind);
  if (settings.length === 0) return <p className={css['dim']}>{text('settings-none')}</p>;
  const change = (name: string, changed: Partial<WrittenSetting>) =>
    onSettings(settings.map((each) => (each.name === name ? { ...each, ...changed } : each)));
  return (
    <>
      <p className={css['dim']}>{text('settings-about')}</p>
      <ul className={css['settings']}>
        {settings.map(({ name, description, taken, required, values }) => (
          <li key={name}>
            <Checkbox
              label={<code>{name}</code>}
              description={params.find((param) => param.name === name)?.description ?? description}
              checked={taken}
              onChange={(event) => change(name, { taken: event.currentTarget.checked })}
            />
            {taken && (
              <div className={css['setting']}>
                <TextInput
                  label={text('values', { name })}
                  value={values}
                  onChange={(event) => change(name, { values: event.currentTarget.value })}
                />
                <Checkbox
                  label={text('needed-of', { name })}
                  checked={required}
                  onChange={(event) => change(name, { required: event.currentTarget.checked })}
                />
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
