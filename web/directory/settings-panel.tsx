import { Chip, Panel, Untrusted } from '../app/index.ts';
import type { AnnouncedParam } from '../../src/protocol/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

const MOST_SETTINGS = 50;

/** The parameters that a provider announces. Untrusted. */
export function SettingsPanel({ params }: { readonly params: ReadonlyMap<string, AnnouncedParam> }) {
  const text = useDirectoryText();
  if (params.size === 0) return null;
  return (
    <Panel title={text('settings')}>
      <dl className={css['settings']}>
        {[...params].slice(0, MOST_SETTINGS).map(([name, { required, values, description }]) => (
          <div key={name}>
            <dt>
              <code>
                <Untrusted max={60}>{name}</Untrusted>
              </code>{' '}
              {required && <Chip>{text('setting-needed')}</Chip>}
            </dt>
            <dd>
              <Untrusted max={300}>{description ?? ''}</Untrusted>{' '}
              {values.length > 0 && (
                <Untrusted max={300}>
                  {text('setting-values', { values: values.slice(0, 30).join(', ') })}
                </Untrusted>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
