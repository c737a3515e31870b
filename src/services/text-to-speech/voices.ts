import { JobFailure } from '../../provider/index.ts';
import { languageCode } from '../language-code.ts';
import { runTool, type LocalTool, type ToolLimits } from '../local-tool.ts';

/** Speaks more than a hundred languages, without a GPU. */
export const ESPEAK: LocalTool = { command: 'espeak-ng', packages: 'espeak-ng' };

const LIST_LIMITS: ToolLimits = { timeoutMs: 15_000, maxMemoryBytes: 2 ** 30, maxOutputBytes: 2 ** 20 };
/** Where a customer only says who should speak. */
const USUAL_VARIANTS: ReadonlyMap<string, string> = new Map([
  ['male', 'm3'],
  ['female', 'f2'],
]);

/** What espeak-ng has on this machine. */
export interface Voices {
  /** As espeak-ng calls them: `de`, `en-us`, `pt-br`. */
  readonly languages: readonly string[];
  /** `male`, `female` and names of variants such as `f2`. */
  readonly names: readonly string[];
}

/** Lists what is installed. */
export async function installedVoices(signal: AbortSignal): Promise<Voices> {
  const [voices, variants] = await Promise.all([list('--voices', signal), list('--voices=variant', signal)]);
  // Those that need recordings of their own (MBROLA) are listed whether these are there or not.
  const own = voices.filter(({ file }) => !file.startsWith('mb/'));
  const ranked = own.toSorted((a, b) => a.priority - b.priority);
  const names = variants.map(({ file }) => file.replace(/^!v\//, '')).filter((name) => /^\w+$/.test(name));
  return {
    languages: [...new Set(ranked.map(({ language }) => language))],
    names: [...USUAL_VARIANTS.keys(), ...names],
  };
}

/**
 * The voice for `espeak-ng -v`. Throws `JobFailure` `unsupported-language` or `unsupported-voice`: what a customer
 * wrote gets there only when it is in the lists.
 */
export function chooseVoice(
  voices: Voices,
  wish: { readonly language: string | undefined; readonly voice: string | undefined },
): string {
  const language = findLanguage(voices.languages, wish.language ?? 'en-us');
  if (language === null)
    throw new JobFailure(
      'unsupported-language',
      `There is no voice for this language; there are ${voices.languages.join(', ')}.`,
    );
  if (wish.voice === undefined) return language;
  const wanted = wish.voice.toLowerCase();
  const name = voices.names.find((known) => known.toLowerCase() === wanted);
  if (name === undefined)
    throw new JobFailure('unsupported-voice', `The voice can be ${voices.names.slice(0, 20).join(', ')}…`);
  return `${language}+${USUAL_VARIANTS.get(name) ?? name}`;
}

/** By its whole name, else by the language alone: `deu` and `de-AT` are `de`, `en` is the first of the English ones. */
function findLanguage(known: readonly string[], wanted: string): string | null {
  const exact = wanted.trim().toLowerCase().replaceAll('_', '-');
  if (known.includes(exact)) return exact;
  const code = languageCode(wanted);
  if (code === null) return null;
  return known.find((one) => one === code) ?? known.find((one) => one.startsWith(`${code}-`)) ?? null;
}

interface ListedVoice {
  readonly priority: number;
  readonly language: string;
  readonly file: string;
}

/** Lines of `Pty Language Age/Gender VoiceName File …`. */
async function list(option: string, signal: AbortSignal): Promise<readonly ListedVoice[]> {
  const run = await runTool(ESPEAK, { args: [option], limits: LIST_LIMITS, signal });
  const lines = run.ok ? new TextDecoder().decode(run.value).split('\n').slice(1) : [];
  return lines.flatMap((line) => {
    const [priority = '', language = '', , , file = ''] = line.trim().split(/\s+/);
    return file === '' ? [] : [{ priority: Number(priority), language, file }];
  });
}
