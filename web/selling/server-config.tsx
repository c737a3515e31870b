import { Button } from '@mantine/core';
import { useState } from 'react';
import { Notice, Panel } from '../app/index.ts';
import { keptWhileOpen } from './kept-writing.ts';
import { saveFile } from './save-file.ts';
import { problemsOf, type WrittenSign } from './server-sign.ts';
import { ServerTerms } from './server-terms.tsx';
import { termsProblems, tomlOf, USUAL_TERMS } from './server-toml.ts';
import { useTermsText } from './terms.strings.en.ts';
import css from './selling.module.css';

const useKeptTerms = keptWhileOpen(() => USUAL_TERMS);

/** The same service for those who have no program yet that answers requests: lines for `coinop.toml`. */
export function ServerConfig({ sign }: { readonly sign: WrittenSign }) {
  const text = useTermsText();
  const [terms, setTerms] = useKeptTerms();
  const [copied, setCopied] = useState<string | null>(null);
  const problems = termsProblems(sign, terms);
  const isWhole = problems.size === 0 && problemsOf(sign).size === 0;
  const toml = tomlOf(sign, terms);
  return (
    <Panel title={text('config')}>
      <p className={css['dim']}>{text('config-about')}</p>
      <ServerTerms sign={sign} terms={terms} problems={problems} onTerms={setTerms} />
      {!isWhole && <Notice tone="warn">{text('config-incomplete')}</Notice>}
      <pre className={css['code']} tabIndex={0}>
        {toml}
      </pre>
      <p className={css['dim']}>
        {text('config-then')} <code>npx coinop serve --check</code>
      </p>
      <div className={css['actions']}>
        <Button
          variant="default"
          disabled={!isWhole}
          onClick={() => void navigator.clipboard.writeText(toml).then(() => setCopied(toml))}
        >
          {text(copied === toml ? 'copied' : 'copy')}
        </Button>
        <Button
          variant="default"
          disabled={!isWhole}
          onClick={() => saveFile('coinop.toml', toml, 'application/toml')}
        >
          {text('download')}
        </Button>
      </div>
    </Panel>
  );
}
