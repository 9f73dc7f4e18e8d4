import { useEffect, useRef, useState } from 'preact/hooks';
import { getJson } from '../../api/client.ts';
import { connection } from '../../api/connection.ts';
import { ConnectionLostError, describeError, isAbort } from '../../api/errors.ts';
import type { Language } from '../../api/types.ts';
import { PageHeading } from '../../parts/page-heading.tsx';
import { useQueryState } from '../../parts/use-query-state.ts';
import { useEvaluations } from './evaluations.ts';
import { FunctionTable } from './function-table.tsx';
import { Outcomes } from './outcomes.tsx';

const noModes: Language['modes'] = [];
const queryNames = ['expression', 'precision'] as const;

/** An expression is evaluated in every mode while it is typed. The URL holds it, so that it can be passed on. */
export function TryPage() {
  const [values, setValues] = useQueryState(queryNames);
  const { expression, precision } = values;
  const { language, message } = useLanguage();
  const modes = language?.modes ?? noModes;
  const input = useRef<HTMLInputElement>(null);
  const evaluated = useEvaluations({ expression, modes, precision: toPrecision(precision) });

  const run = (line: string): void => {
    setValues({ ...values, expression: line });
    input.current?.focus();
    input.current?.scrollIntoView({ block: 'center' });
  };
  return (
    <>
      <PageHeading title="Try" />
      <div class="try-form">
        <label>
          Expression
          <input
            ref={input}
            class="mono"
            type="text"
            value={expression}
            placeholder="0.1 + 0.2"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setValues({ ...values, expression: currentTarget.value })}
          />
        </label>
        <label>
          Precision
          <input
            type="number"
            inputMode="numeric"
            min={1}
            step={1}
            value={precision}
            placeholder="Default"
            title="Significant digits of the mode decimal"
            onInput={({ currentTarget }) => setValues({ ...values, precision: currentTarget.value })}
          />
        </label>
      </div>
      <Outcomes evaluated={evaluated} isPending={evaluated !== undefined && evaluated.expression !== expression} />
      {message !== undefined && (
        <p role="alert" class="error-text">
          {message}
        </p>
      )}
      {language !== undefined && <FunctionTable language={language} onExample={run} />}
    </>
  );
}

/** A precision that is no number is left to the server to reject, with its words for the bounds. */
function toPrecision(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}

interface LoadedLanguage {
  readonly language?: Language;
  readonly message?: string;
}

/** Loaded once, and again when the server is back. */
function useLanguage(): LoadedLanguage {
  const [loaded, setLoaded] = useState<LoadedLanguage>({});
  const state = connection.value;
  const isLoaded = loaded.language !== undefined;
  useEffect(() => {
    if (isLoaded || state === 'lost') return;
    const aborted = new AbortController();
    getJson<Language>('api/functions', { signal: aborted.signal }).then(
      (language) => setLoaded({ language }),
      (error: unknown) => {
        if (!isAbort(error) && !(error instanceof ConnectionLostError)) setLoaded({ message: describeError(error) });
      },
    );
    return () => aborted.abort();
  }, [state, isLoaded]);
  return loaded;
}
