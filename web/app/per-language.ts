/**
 * Keeps what was made for a language. Making an object of `Intl` takes a hundred times as long as writing a number with
 * it, and lists write numbers by the thousand.
 */
export function perLanguage<Made>(make: (language: string) => Made): (language: string) => Made {
  const made = new Map<string, Made>();
  return (language) => {
    const kept = made.get(language) ?? make(language);
    made.set(language, kept);
    return kept;
  };
}
