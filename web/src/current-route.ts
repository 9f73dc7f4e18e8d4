import { computed, signal } from '@preact/signals';
import { parseRoute, parseRouteQuery } from './route.ts';

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

/** The route of the URL now. */
export const currentRoute = computed(() => parseRoute(hash.value));
/** The query after `?` in the hash, such as the filters of a list. */
export const currentQuery = computed(() => parseRouteQuery(hash.value));

/** Shows another page, as a click on its link would. */
export function goTo(link: string): void {
  location.hash = link;
}

/** Shows a page where the URL names none, without an entry in the history. */
export function replaceFirstRoute(link: string): void {
  if (!/^#?\/?$/.test(location.hash)) return;
  history.replaceState(null, '', link);
  hash.value = link;
}

/** Changes the query of the page that is shown, for the permanent link, without an entry in the history. */
export function replaceQuery(query: URLSearchParams): void {
  const [path = ''] = location.hash.split('?');
  const text = query.toString();
  const changed = `${path === '' ? '#/new' : path}${text === '' ? '' : `?${text}`}`;
  if (changed === location.hash) return;
  history.replaceState(null, '', changed);
  hash.value = changed;
}
