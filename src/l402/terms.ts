import { parseMsat, type Msat } from '../protocol/index.ts';

/** What a macaroon is good for, as its caveats say. */
export interface L402Terms {
  /** The name of the service that issued it. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
  /** Unix seconds. */
  readonly validUntil: number;
  /** What was asked for it. */
  readonly priceMsat: Msat;
  /** What else it is bound to, by name: letters, digits and underscores, with values without line breaks. */
  readonly bound?: Readonly<Record<string, string>>;
}

/** Writes terms as caveats of the form `key=value` (bLIP-26). */
export function writeTerms({ service, method, path, validUntil, priceMsat, bound }: L402Terms): string[] {
  return [
    `services=${service}:0`,
    `${service}_method=${method}`,
    `${service}_path=${path}`,
    `${service}_valid_until=${validUntil}`,
    `${service}_price_msat=${priceMsat}`,
    ...Object.entries(bound ?? {}).map(([name, value]) => `${service}_${name}=${value}`),
  ];
}

/** Why the terms of a genuine macaroon do not cover a request. */
export type TermsRefusal = 'other-service' | 'other-request' | 'credential-expired' | 'price-risen';

/**
 * Whether all caveats allow this request, which costs `priceMsat` now; `null` when they do. Each caveat must hold
 * by itself, so whoever holds a macaroon can add some to narrow it and none to widen it. Keys of other services
 * say nothing here (bLIP-26); ours must all be there.
 */
export function findRefusal(
  caveats: readonly string[],
  request: Omit<L402Terms, 'validUntil'> & { readonly now: number },
): TermsRefusal | null {
  const { service } = request;
  const rules: readonly (readonly [key: string, holds: (value: string) => boolean, refusal: TermsRefusal])[] =
    [
      ['services', (value) => value.split(',').includes(`${service}:0`), 'other-service'],
      [`${service}_method`, (value) => value === request.method, 'other-request'],
      [`${service}_path`, (value) => value === request.path, 'other-request'],
      [
        `${service}_valid_until`,
        (value) => /^\d{1,15}$/.test(value) && Number(value) > request.now,
        'credential-expired',
      ],
      [`${service}_price_msat`, (value) => (parseMsat(value) ?? -1n) >= request.priceMsat, 'price-risen'],
      ...Object.entries(request.bound ?? {}).map(
        ([name, wanted]) =>
          [`${service}_${name}`, (value: string) => value === wanted, 'other-request'] as const,
      ),
    ];
  for (const [key, holds, refusal] of rules) {
    const values = caveats
      .filter((caveat) => caveat.startsWith(`${key}=`))
      .map((caveat) => caveat.slice(key.length + 1));
    if (values.length === 0 || !values.every(holds)) return refusal;
  }
  return null;
}
