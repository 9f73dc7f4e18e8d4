/** State that the URL holds too, in the query of its hash, so that it survives a reload and can be passed on. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { currentQuery, replaceQuery } from '../current-route.ts';

/** Browsers reject more than about 200 changes of the URL in 30 seconds, so it follows only when there is a pause. */
const pauseMs = 300;

type Values<Name extends string> = Readonly<Record<Name, string>>;

/** An empty value is left out of the URL. A link to the same page with another query sets the state. */
export function useQueryState<Name extends string>(
  names: readonly Name[],
): [values: Values<Name>, setValues: (values: Values<Name>) => void] {
  const [values, setValues] = useState(() => readValues(names, currentQuery.peek()));
  const query = currentQuery.value.toString();
  const written = useRef(query);
  useEffect(() => {
    if (query === written.current) return;
    written.current = query;
    setValues(readValues(names, new URLSearchParams(query)));
  }, [query]);
  useEffect(() => {
    const timer = setTimeout(() => {
      // A link has just set another query, and `values` are about to follow it.
      if (currentQuery.peek().toString() !== written.current) return;
      const changed = writeValues(values);
      written.current = changed.toString();
      replaceQuery(changed);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [values]);
  return [values, setValues];
}

function readValues<Name extends string>(names: readonly Name[], query: URLSearchParams): Values<Name> {
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Values<Name>;
}

function writeValues(values: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
}
