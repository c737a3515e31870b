import type { ServiceSign } from '../engine/index.ts';
import {
  announcedParams,
  isJobRequestKind,
  kindContract,
  satsToMsat,
  type AnnouncedParam,
  type Announcement,
} from '../../src/protocol/index.ts';

/** The announcement of a server's service as it is being written. */
export interface WrittenSign {
  /** The `d` tag. As long as it was not written by hand it follows the name. */
  readonly identifier: string | null;
  readonly kind: number;
  readonly name: string;
  readonly about: string;
  /** An https address; empty for none. */
  readonly picture: string;
  /** Who sells it; empty where that is not said. */
  readonly seller: string;
  readonly pricing: 'fixed' | 'flexible' | 'free';
  /** The price, or what a flexible one begins at. */
  readonly sats: string;
  readonly encrypted: boolean;
  readonly nutzaps: boolean;
  readonly settings: readonly WrittenSetting[];
  /** What an earlier version announces besides; it stays as it is. */
  readonly kept: Partial<Pick<ServiceSign, 'byHand' | 'lud16' | 'operatorPubkey' | 'supportsEncryptedFiles'>>;
  readonly furtherKinds: readonly number[];
}

/** One setting that customers may give. */
export interface WrittenSetting {
  readonly name: string;
  readonly description: string | null;
  readonly taken: boolean;
  readonly required: boolean;
  /** The values that are understood, with commas between them; empty for any. */
  readonly values: string;
  /** The same as they stand, which may have commas in them. */
  readonly stated: readonly string[];
}

/** What is wrong with it, by field. */
export type SignProblem = 'kind' | 'name' | 'identifier' | 'sats' | 'picture';

/** A sign to begin with; the settings are those of the kind, left out until they are ticked. */
export function newSign(kind: number): WrittenSign {
  return {
    identifier: null,
    kind,
    name: '',
    about: '',
    picture: '',
    seller: '',
    pricing: 'fixed',
    sats: '10',
    encrypted: false,
    nutzaps: false,
    settings: settingsOf(kind, new Map()),
    kept: {},
    furtherKinds: [],
  };
}

/** The sign for another kind of job: what was written stays, the settings are those of the new kind. */
export function withKind(sign: WrittenSign, kind: number): WrittenSign {
  return { ...sign, kind, settings: settingsOf(kind, new Map()) };
}

/** What stands on the relays, to be written on. */
export function writtenOf(announcement: Announcement): WrittenSign {
  const { amount, identifier, nip90Params, lud16, operatorPubkey, supportsEncryptedFiles } = announcement;
  const [kind = 5050, ...furtherKinds] = announcement.kinds;
  return {
    identifier,
    kind,
    name: announcement.name ?? '',
    about: announcement.about ?? '',
    picture: announcement.picture ?? '',
    seller: announcement.seller ?? '',
    pricing: amount.pricing === 'free' ? 'free' : amount.pricing === 'fixed' ? 'fixed' : 'flexible',
    sats: amount.msat === null ? (amount.pricing === 'free' ? '10' : '0') : String(amount.msat / 1000n),
    encrypted: announcement.supportsEncryption,
    nutzaps: announcement.acceptsNutzaps,
    settings: settingsOf(kind, nip90Params),
    kept: {
      ...(announcement.byHand ? { byHand: true } : {}),
      ...(lud16 === null ? {} : { lud16 }),
      ...(operatorPubkey === null ? {} : { operatorPubkey }),
      ...(supportsEncryptedFiles ? { supportsEncryptedFiles } : {}),
    },
    furtherKinds,
  };
}

/** What it is known by among the services of its key. */
export function identifierOf({ identifier, name, kind }: WrittenSign): string {
  if (identifier !== null) return identifier.trim();
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return slug.replaceAll(/^-|-$/g, '').slice(0, 40) || `service-${kind}`;
}

/** What has to be mended before it can be announced. */
export function problemsOf(sign: WrittenSign): ReadonlySet<SignProblem> {
  const { name, pricing, sats, picture } = sign;
  const isPrice = pricing === 'free' || (pricing === 'fixed' ? /^[1-9]\d{0,8}$/ : SATS).test(sats.trim());
  const isPicture = picture.trim() === '' || URL.parse(picture.trim())?.protocol === 'https:';
  return new Set<SignProblem>([
    ...(isJobRequestKind(sign.kind) ? [] : (['kind'] as const)),
    ...(name.trim() === '' ? (['name'] as const) : []),
    ...(identifierOf(sign) === '' ? (['identifier'] as const) : []),
    ...(isPrice ? [] : (['sats'] as const)),
    ...(isPicture ? [] : (['picture'] as const)),
  ]);
}

const SATS = /^\d{1,9}$/;

/** What is announced; `null` while something has to be mended. */
export function signOf(sign: WrittenSign): ServiceSign | null {
  return problemsOf(sign).size > 0 ? null : draftOf(sign);
}

/** What is written so far, whether it can be announced or not. */
export function draftOf(sign: WrittenSign): ServiceSign {
  const { kind, name, about, picture, seller, pricing, encrypted, nutzaps, settings } = sign;
  const msat = satsToMsat(SATS.test(sign.sats.trim()) ? Number(sign.sats) : 0);
  return {
    ...sign.kept,
    identifier: identifierOf(sign),
    kinds: [...new Set([kind, ...sign.furtherKinds])],
    name: name.trim(),
    about: about.trim(),
    ...(picture.trim() === '' ? {} : { picture: picture.trim() }),
    ...(seller.trim() === '' ? {} : { seller: seller.trim() }),
    amount: pricing === 'fixed' ? msat : pricing,
    ...(pricing === 'flexible' && msat > 0n ? { fromMsat: msat } : {}),
    supportsEncryption: encrypted,
    acceptsNutzaps: nutzaps,
    nip90Params: new Map(settings.filter(({ taken }) => taken).map(announced)),
  };
}

function announced(setting: WrittenSetting): [string, AnnouncedParam] {
  const { name, description, required, values, stated } = setting;
  const known = values.split(',').flatMap((value) => value.trim() || []);
  return [name, { required, values: values === listed(stated) ? stated : known, description }];
}

const listed = (values: readonly string[]) => values.join(', ');

/** The settings of a kind, those of them taken that are announced, and what is announced besides. */
function settingsOf(kind: number, stated: ReadonlyMap<string, AnnouncedParam>): WrittenSetting[] {
  const ofKind = announcedParams(kindContract(kind));
  return [...new Map([...ofKind, ...stated])].map(([name, { required, values, description }]) => ({
    name,
    description: description ?? ofKind.get(name)?.description ?? null,
    taken: stated.has(name),
    required,
    values: listed(values),
    stated: values,
  }));
}
