import { Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Chip,
  Empty,
  Page,
  PageMissing,
  Panel,
  useKinds,
  useTopic,
  VirtualList,
  Wait,
} from '../app/index.ts';
import { isJobRequestKind, type KindContract } from '../../src/protocol/index.ts';
import { addressOf, ServiceRow } from './service-row.tsx';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** One kind of work: what it takes and gives, how well that is agreed upon, and who sells it now. */
export function KindPage() {
  const { kind } = useParams({ from: '/kind/$kind' });
  return isJobRequestKind(Number(kind)) ? <KnownKind number={Number(kind)} /> : <PageMissing />;
}

function KnownKind({ number }: { readonly number: number }) {
  const text = useDirectoryText();
  const contract = useKinds().of(number);
  const told = useTopic('services', { kinds: [number], limit: 200, sort: 'reliability' });
  const [since] = useState(() => Date.now());
  const services = told?.listing?.services ?? [];
  const looking = told === undefined || told.looking;
  return (
    <Page
      title={contract.name}
      lead={contract.about}
      beside={
        <>
          <Chip>{text('kind-lead', { kind: String(number) })}</Chip>
          <Chip>{text(`kind-status-${contract.status}`)}</Chip>
          <Button
            size="compact-md"
            renderRoot={(props) => <Link to="/new/$kind" params={{ kind: String(number) }} {...props} />}
          >
            {text('ask-kind')}
          </Button>
        </>
      }
    >
      <Panel title={text('kind-sellers')}>
        {services.length > 0 && (
          <VirtualList
            items={services}
            label={text('kind-sellers')}
            estimatedHeight={104}
            keyOf={addressOf}
            Row={ServiceRow}
          />
        )}
        {services.length === 0 &&
          (looking ? (
            <Wait title={text('looking')} since={since} usualSeconds={3} />
          ) : (
            <Empty title={text('none')}>{text('none-about')}</Empty>
          ))}
      </Panel>
      {/* What stands below a list that is still on its way would be pushed down by it. */}
      {(services.length > 0 || !looking) && <Takes contract={contract} />}
    </Page>
  );
}

const INPUT_TYPES = ['text', 'url', 'event', 'job'] as const;

function Takes({ contract }: { readonly contract: KindContract }) {
  const text = useDirectoryText();
  const kinds = useKinds();
  return (
    <Panel title={text('kind-takes')}>
      <ul>
        {contract.inputs.map((group, index) => (
          <li key={index}>
            {group.description}{' '}
            <span className={css['dim']}>
              {INPUT_TYPES.filter((type) => group.types?.includes(type) === true)
                .map((type) => text(`takes-${type}`))
                .join(', ')}
            </span>
          </li>
        ))}
      </ul>
      {contract.params.length > 0 && (
        <>
          <h3>{text('kind-settings')}</h3>
          <dl className={css['settings']}>
            {contract.params.map((param) => (
              <div key={param.name}>
                <dt>
                  {kinds.paramName(param.name)} <code>{param.name}</code>{' '}
                  {param.required && <Chip>{text('setting-needed')}</Chip>}
                </dt>
                <dd>{param.description}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {contract.outputs.length > 0 && (
        <p>
          {text('kind-gives')}: <code>{contract.outputs.join(', ')}</code>
        </p>
      )}
      {contract.source !== null && (
        <p className={css['dim']}>
          {text('kind-source')}: <span lang="en">{contract.source}</span>
        </p>
      )}
    </Panel>
  );
}
