/**
 * Which page is shown: the part of the URL after `#`, so that the page works below any path without a setting and a
 * server needs to know nothing of its routes.
 */
export type Route =
  | { readonly kind: 'new' }
  | { readonly kind: 'jobs' }
  | { readonly kind: 'job'; readonly id: string }
  | { readonly kind: 'try' }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'unknown'; readonly path: string };

/** `hash` as in `location.hash`. A query after the path (`#/try?expression=1`) is of the page, see `parseRouteQuery`. */
export function parseRoute(hash: string): Route {
  const [path = ''] = hash.replace(/^#/, '').split('?');
  const [page = '', id = '', ...more] = path.replace(/^\//, '').split('/');
  if (more.length > 0) return { kind: 'unknown', path };
  if (page === 'jobs' && id !== '') return { kind: 'job', id: decode(id) };
  if (id !== '') return { kind: 'unknown', path };
  if (page === '') return { kind: 'new' };
  if (page === 'new' || page === 'jobs' || page === 'try' || page === 'cluster') return { kind: page };
  return { kind: 'unknown', path };
}

export function parseRouteQuery(hash: string): URLSearchParams {
  const start = hash.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : hash.slice(start + 1));
}

/** For `href` of links, and for `location.hash`. */
export function jobLink(id: string): string {
  return `#/jobs/${encodeURIComponent(id)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
