import { Chip, PubkeyName } from '../app/index.ts';
import type { ListedService, ProviderEntry } from '../../src/directory/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** Who runs a service, where it says so, and whether that person's own key agrees. */
export function Operator({
  entry,
  service,
}: {
  readonly entry: ProviderEntry;
  readonly service: ListedService;
}) {
  const text = useDirectoryText();
  const { operatorPubkey } = service.announcement;
  const operator = entry.operators.find(({ pubkey }) => pubkey === operatorPubkey);
  if (operator === undefined) return null;
  return (
    <>
      <dt>{text('operator')}</dt>
      <dd>
        <span className={css['chips']}>
          <PubkeyName pubkey={operator.pubkey} />
          <Chip tone={operator.isProven ? 'good' : 'warn'}>
            {text(operator.isProven ? 'operator-proven' : 'operator-claimed')}
          </Chip>
        </span>
        <span className={css['dim']}>
          {text(operator.isProven ? 'operator-proven-about' : 'operator-claimed-about')}
        </span>
      </dd>
    </>
  );
}
