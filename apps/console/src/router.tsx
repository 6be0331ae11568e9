import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Link,
  redirect,
} from '@tanstack/react-router';
import './execution/history-state.ts';
import { readDetailSearch } from './execution/detail-search.ts';
import { readExecutionSearch } from './executions/execution-search.ts';
import { ExecutionsPage } from './executions/executions-page.tsx';
import { Session } from './session/session-gate.tsx';
import { Failure } from './shell/failure.tsx';
import { Page } from './shell/page.tsx';
import { texts } from './texts.ts';

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken });

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Session });

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: () => {
    // The router takes a thrown redirect.
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to: '/executions', search: {} });
  },
});

const executions = createRoute({
  getParentRoute: () => signedIn,
  path: '/executions',
  validateSearch: readExecutionSearch,
  component: ExecutionsPage,
});

const execution = createRoute({
  getParentRoute: () => signedIn,
  path: '/executions/$id',
  validateSearch: readDetailSearch,
  // Loaded when it is first opened.
  component: lazyRouteComponent(() => import('./execution/execution-page.tsx'), 'ExecutionPage'),
});

function NotFound() {
  return (
    <Page title={texts.states.notFound}>
      <p>
        <Link to="/executions">{texts.states.toExecutions}</Link>
      </p>
    </Page>
  );
}

function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Page title={texts.states.failed}>
      <Failure error={error} onRetry={reset} />
    </Page>
  );
}

export const router = createRouter({
  routeTree: root.addChildren([signedIn.addChildren([home, executions, execution])]),
  basepath: '/console',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
