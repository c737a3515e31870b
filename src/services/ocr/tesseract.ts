import { JobFailure } from '../../provider/index.ts';
import { languageCode } from '../language-code.ts';
import { pictureType } from '../media/picture-type.ts';
import { runTool, toolResult, type LocalTool, type ToolLimits } from '../local-tool.ts';

/** Reads the text in pictures; each language is a package of its own (`tesseract-ocr-deu`). */
export const TESSERACT: LocalTool = { command: 'tesseract', packages: 'tesseract-ocr' };

const LIMITS: ToolLimits = { timeoutMs: 45_000, maxMemoryBytes: 2 * 2 ** 30, maxOutputBytes: 4 * 2 ** 20 };
const PICTURE = 'picture';
const USUAL_LANGUAGE = 'eng';

/** Reads the text in a picture. */
export interface PictureReader {
  /** As two letters, where the language has them. */
  readonly languages: readonly string[];
  /** Throws `JobFailure` `unsupported-file`, `unsupported-language`, `file-unreadable` or `result-too-large`. */
  read(
    picture: Uint8Array,
    wish: { readonly language: string | null; readonly signal: AbortSignal },
  ): Promise<string>;
}

/** A reader with the languages that are installed. */
export async function openPictureReader(signal: AbortSignal): Promise<PictureReader> {
  const models = await installedModels(signal);
  const read: PictureReader['read'] = async (picture, wish) => {
    // Tesseract takes a text for a list of pictures to read, which could be any of this machine.
    if (pictureType(picture) === null)
      throw new JobFailure('unsupported-file', 'This is no picture in a format that is read here.');
    const run = await runTool(TESSERACT, {
      args: [PICTURE, 'stdout', '-l', modelFor(models, wish.language)],
      files: { [PICTURE]: picture },
      limits: LIMITS,
      signal: wish.signal,
    });
    return new TextDecoder().decode(toolResult(run, 'The picture'));
  };
  return { languages: [...models.keys()], read };
}

/** The model of each installed language, by its code. */
async function installedModels(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const listed = await runTool(TESSERACT, { args: ['--list-langs'], limits: LIMITS, signal });
  const lines = listed.ok ? new TextDecoder().decode(listed.value).split('\n').slice(1) : [];
  const names = lines
    .map((line) => line.trim())
    .filter((name) => /^[a-z]{3}(_\w+)?$/.test(name) && name !== 'osd');
  // `chi_sim` and `chi_tra` are both Chinese: the first that is listed is taken.
  return new Map(names.toReversed().map((name) => [languageCode(name.slice(0, 3)) ?? name, name]));
}

function modelFor(models: ReadonlyMap<string, string>, language: string | null): string {
  const usual = models.get(languageCode(USUAL_LANGUAGE) ?? '') ?? [...models.values()][0] ?? USUAL_LANGUAGE;
  if (language === null) return usual;
  const model = models.get(languageCode(language) ?? '');
  if (model === undefined)
    throw new JobFailure('unsupported-language', `Pictures are read in ${[...models.keys()].join(', ')}.`);
  return model;
}
