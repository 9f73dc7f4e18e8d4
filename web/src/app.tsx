/** The frame around every page: navigation, the notice of a lost connection, and the page that the URL names. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { isOperator, maySubmit, session, sessionState, type SessionState } from './api/session.ts';
import { currentRoute, replaceFirstRoute } from './current-route.ts';
import { ConnectionNotice } from './parts/connection-notice.tsx';
import { Logo } from './parts/logo.tsx';
import { PageHeading } from './parts/page-heading.tsx';
import { SessionLine } from './parts/session-line.tsx';
import { ClusterPage } from './pages/cluster/index.tsx';
import { JobPage } from './pages/job/index.tsx';
import { JobsPage } from './pages/jobs/index.tsx';
import { NewJobPage } from './pages/new/index.tsx';
import { SignInPage } from './pages/sign-in/index.tsx';
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
  const { kind } = sessionState.value;
  const isSignedOut = kind === 'signed-out';
  useFirstRoute();
  useHeadingFocus(route, kind);
  return (
    <>
      {!isSignedOut && <SkipLink />}
      <Header route={route} />
      <ConnectionNotice />
      {isSignedOut && <SignInPage />}
      <main id="main" class="page" tabIndex={-1} hidden={isSignedOut}>
        {session.value !== undefined && <Page route={route} />}
      </main>
    </>
  );
}

/** Whether the role may use the page. What it cannot use would be a row of errors. */
function mayUse({ kind }: Pick<Route, 'kind'>): boolean {
  if (kind === 'new') return maySubmit.value;
  return kind !== 'cluster' || isOperator.value;
}

/** The first page is New job, for those who may submit one. */
function useFirstRoute(): void {
  const isReader = session.value !== undefined && !maySubmit.value;
  useLayoutEffect(() => {
    if (isReader) replaceFirstRoute('#/jobs');
  }, [isReader]);
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
  const isSignedIn = sessionState.value.kind === 'signed-in';
  const usable = isSignedIn ? links.filter(({ kinds: [kind] }) => mayUse({ kind })) : [];
  return (
    <header class="site-header">
      <nav aria-label="Main">
        <a class="brand" href={maySubmit.value ? '#/new' : '#/jobs'} aria-label="Mathmill">
          <Logo />
          <span>Mathmill</span>
        </a>
        <ul>
          {usable.map(({ href, text, kinds }) => (
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
      <SessionLine />
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
  if (!mayUse(route)) return <NotAllowed />;
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

function NotAllowed() {
  return (
    <>
      <PageHeading title="Not allowed" />
      <p>
        The role {session.value?.role} may not use this page. Go to <a href="#/jobs">Jobs</a>.
      </p>
    </>
  );
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

/**
 * A reader of the screen hears which page is shown now, also after a sign-in; the first page is announced by the browser. The
 * sign-in form takes the focus itself.
 */
function useHeadingFocus(route: Route, session: SessionState['kind']): void {
  const shown = useRef({ route, session });
  useEffect(() => {
    const { route: lastRoute, session: lastSession } = shown.current;
    const isOther = lastRoute.kind !== route.kind || idOf(lastRoute) !== idOf(route);
    const isBack = lastSession === 'signed-out' && session === 'signed-in';
    shown.current = { route, session };
    if ((!isOther && !isBack) || session !== 'signed-in') return;
    if (isOther) scrollTo(0, 0);
    document.querySelector<HTMLElement>('#main h1')?.focus();
  }, [route, session]);
}

function idOf(route: Route): string {
  return route.kind === 'job' ? route.id : '';
}
