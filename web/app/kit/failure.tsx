import { lazy, Suspense } from 'react';
import type { SaidFailure } from '../failures/failure-words.tsx';
import { stringsReady } from '../strings.ts';

/** Without its words a failure still says what it is. */
const asSaid = {
  default: ({ failure }: { readonly failure: SaidFailure }) => <span lang="en">{failure.message}</span>,
};

// The words for hundreds of codes come with the first failure, and not before.
const Words = lazy(() =>
  import('../failures/failure-words.tsx').then(
    ({ FailureWords }) => inLanguage(FailureWords),
    () => asSaid,
  ),
);
const Refusal = lazy(() =>
  import('../failures/failure-words.tsx').then(
    ({ RefusalWords }) => inLanguage(RefusalWords),
    () => asSaid,
  ),
);

async function inLanguage<Component>(component: Component): Promise<{ readonly default: Component }> {
  await stringsReady();
  return { default: component };
}

/** Why something did not work, in the language of the page. */
export function FailureText({ failure }: { readonly failure: SaidFailure }) {
  return (
    <Suspense fallback={<>&nbsp;</>}>
      <Words failure={failure} />
    </Suspense>
  );
}

/** Why a provider will not do a job, in the language of the page, and in the provider's own words. Untrusted. */
export function RefusalText({ code, detail }: { readonly code: string; readonly detail: string }) {
  return (
    <Suspense fallback={<>&nbsp;</>}>
      <Refusal failure={{ code, message: detail }} />
    </Suspense>
  );
}
