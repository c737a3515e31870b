import '@mantine/core/styles/default-css-variables.css';
import './kit-theme.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/Loader.css';
import '@mantine/core/styles/Button.css';
import '@mantine/core/styles/ActionIcon.css';
import '@mantine/core/styles/Input.css';
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { useScheme } from './color-scheme.ts';
import { theme } from './theme.ts';

/**
 * What components of the kit need around them. It comes with the first page that has a form, so that the market opens
 * without it; its style tags are off, since the Content-Security-Policy forbids them.
 */
export function KitProvider({ children }: { readonly children: ReactNode }) {
  const { scheme } = useScheme();
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={scheme}
      withCssVariables={false}
      withStaticClasses={false}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
