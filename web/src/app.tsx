/** The frame around every page: navigation, the notice of a lost connection, and the page that the URL names. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { currentRoute } from './current-route.ts';
import { ConnectionNotice } from './parts/connection-notice.tsx';
import { Logo } from './parts/logo.tsx';
import { PageHeading } from './parts/page-heading.tsx';
import { ClusterPage } from './pages/cluster/index.tsx';
import { JobPage } from './pages/job/index.tsx';
import { JobsPage } from './pages/jobs/index.tsx';
import { NewJobPage } from './pages/new/index.tsx';
import { TryPage } from './pages/try/index.tsx';
import type { Route } from './route.ts';

const links = [
  { href: '#/new', text: 'New job', kinds: ['new'] },
  { href: '#/jobs', text: 'Jobs', kinds: ['jobs', 'job'] },
  { href: '#/try', text: 'Try', kinds: ['try'] },
  { href: '#/cluster', text: 'Cluster', kinds: ['cluster'] },
] as const satisfies readonly { href: string; text: string; kinds: readonly Route['kind'][] }[];

export function App() {
  const route = currentRoute.value;
  useHeadingFocus(route);
  return (
    <>
      <SkipLink />
      <Header route={route} />
      <ConnectionNotice />
      <main id="main" class="page" tabIndex={-1}>
        <Page route={route} />
      </main>
    </>
  );
}

function skipToContent(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** Its `href` would be a route, so it moves the focus itself. */
function SkipLink() {
  return (
    <a class="skip-link" href="#main" onClick={skipToContent}>
      Skip to content
    </a>
  );
}

function Header({ route }: { readonly route: Route }) {
  return (
    <header class="site-header">
      <nav aria-label="Main">
        <a class="brand" href="#/new" aria-label="Mathmill">
          <Logo />
          <span>Mathmill</span>
        </a>
        <ul>
          {links.map(({ href, text, kinds }) => (
            <li key={href}>
              <NavLink href={href} isCurrent={(kinds as readonly string[]).includes(route.kind)}>
                {text}
              </NavLink>
            </li>
          ))}
        </ul>
        <a class="api-link" href="docs/">
          API
        </a>
      </nav>
    </header>
  );
}

interface NavLinkProps {
  readonly href: string;
  readonly isCurrent: boolean;
  readonly children: ComponentChildren;
}

function NavLink({ href, isCurrent, children }: NavLinkProps) {
  return (
    <a href={href} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  );
}

/** A key for each page: another job is another page, with nothing left of the first. */
function Page({ route }: { readonly route: Route }) {
  switch (route.kind) {
    case 'new':
      return <NewJobPage />;
    case 'jobs':
      return <JobsPage />;
    case 'job':
      return <JobPage key={route.id} id={route.id} />;
    case 'try':
      return <TryPage />;
    case 'cluster':
      return <ClusterPage />;
    case 'unknown':
      return <UnknownPage path={route.path} />;
  }
}

function UnknownPage({ path }: { readonly path: string }) {
  return (
    <>
      <PageHeading title="No such page" />
      <p>
        Nothing is at <code>{path}</code>. Go to <a href="#/new">New job</a> or <a href="#/jobs">Jobs</a>.
      </p>
    </>
  );
}

/** A reader of the screen hears which page is shown now; the first page is announced by the browser. */
function useHeadingFocus(route: Route): void {
  const shown = useRef(route);
  useEffect(() => {
    if (shown.current.kind === route.kind && idOf(shown.current) === idOf(route)) return;
    shown.current = route;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus();
  }, [route]);
}

function idOf(route: Route): string {
  return route.kind === 'job' ? route.id : '';
}
