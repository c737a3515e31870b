import { kindContract, type KindContract } from '../../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobProgress,
  type Service,
} from '../../provider/index.ts';
import { jobParams } from '../job-params.ts';
import { languageCode, languageTag } from '../language-code.ts';
import { bareType } from '../media/formats.ts';

const KIND = 5002;
const MAX_CHARACTERS = 50_000;

/** What translates. */
export interface Translator {
  /** For people: the program or model. */
  readonly name: string;
  /** Codes of the languages it translates into; `null` where it does not say. */
  readonly languages: readonly string[] | null;
  /** Into the language of a code; yields what is there so far, returns the whole. Throws `JobFailure`. */
  translate(text: string, language: string, signal: AbortSignal): AsyncGenerator<JobProgress, string>;
}

/**
 * Sells translations (kind 5002). The languages are announced, and requests for others are left to those who know
 * them. Fails with `no-text`, `text-too-long`, `language-needed`, `unsupported-language`, `unsupported-output` or
 * `service-unavailable`.
 */
export function translationService(translator: Translator): Service {
  const { name, languages } = translator;
  return service({
    priceSats: 10,
    id: 'translation',
    kind: KIND,
    name: 'Translation',
    about: `Translates texts by ${name}${languages ? ` into ${languages.length} languages` : ''}.`,
    usualSeconds: 8,
    worstSeconds: 58,
    contract: contractFor(languages),
    handler: (job) => translate(job, translator),
  });
}

/** The kind's own contract with the languages there are, for forms and announcements. */
function contractFor(languages: readonly string[] | null): KindContract {
  const contract = kindContract(KIND);
  if (languages === null) return contract;
  return {
    ...contract,
    params: contract.params.map((param) =>
      param.name === 'language' ? { ...param, suggested: languages } : param,
    ),
  };
}

async function* translate(job: JobContext, translator: Translator): AsyncGenerator<JobProgress, string> {
  if (job.outputs.length > 0 && !job.outputs.some((mime) => bareType(mime) === 'text/plain'))
    throw new JobFailure('unsupported-output', 'A translation is text/plain.');
  const text = job.inputs.map((input) => input.text).join('\n\n');
  if (text.trim() === '') throw new JobFailure('no-text', 'There is no text to translate in the inputs.');
  if (text.length > MAX_CHARACTERS)
    throw new JobFailure('text-too-long', `At most ${MAX_CHARACTERS} characters are translated.`);
  return yield* translator.translate(text, targetOf(job, translator.languages), job.signal);
}

function targetOf(job: JobContext, languages: readonly string[] | null): string {
  const wanted = jobParams(job).get('language')?.[0]?.trim();
  if (wanted === undefined || wanted === '')
    throw new JobFailure('language-needed', 'Name the language by ["param", "language", "es"].');
  const code = languageCode(wanted);
  const tag = languageTag(wanted);
  if (languages === null && tag !== null) return tag;
  // `pt-BR` where that is known, else `pt`.
  const found =
    languages?.find((one) => one.toLowerCase() === (tag ?? wanted).toLowerCase()) ??
    languages?.find((one) => one === code);
  if (found === undefined)
    throw new JobFailure(
      'unsupported-language',
      `The language must be a code${languages ? `: ${languages.join(', ')}` : ' such as es'}.`,
    );
  return found;
}
