/** The options that stand in for settings (environment variables). */
const optionNames = {
  HTTP_HOST: '--host',
  HTTP_PORT: '--port',
  DATA_DIR: '--data-dir',
  EVALUATOR_THREADS: '--threads',
  MONGODB_URI: '--mongodb-uri',
  MATHMILL_URL: '--url',
} as const;

/** Values of settings on the command line; undefined: not given. */
export type GivenOptions = Readonly<Partial<Record<keyof typeof optionNames, string | undefined>>>;

/** The settings that were given as options, as an environment. */
export function toSettings(given: GivenOptions): Record<string, string> {
  const entries = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

/** A message about settings, with the name of the option in place of the setting where the value came from there. */
export function nameOptions(message: string, given: GivenOptions): string {
  return Object.entries(optionNames)
    .filter(([setting]) => setting in toSettings(given))
    .reduce((text, [setting, option]) => text.replaceAll(new RegExp(`\\b${setting}\\b`, 'g'), option), message);
}
