export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A URL of the server, below whatever path the page itself was reached by. `path` without a slash at its beginning. */
export function resolveUrl(path: string, query: Query = {}): URL {
  // Not `document.baseURI` as it is: it ends with the hash of the route.
  const url = new URL(path, document.baseURI);
  url.hash = '';
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
}
