import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Link,
  notFound,
} from '@tanstack/react-router';
import './execution/history-state.ts';
import { readAuditSearch } from './audit/audit-search.ts';
import { readDeadLetterSearch } from './dead-letters/dead-letter-search.ts';
import { readEndpointSearch, readOneEndpointSearch } from './endpoints/endpoint-rows.ts';
import { readDetailSearch } from './execution/detail-search.ts';
import { readExecutionSearch } from './executions/execution-search.ts';
import { ExecutionsPage } from './executions/executions-page.tsx';
import { readJobSearch, readNewJobSearch } from './jobs/job-search.ts';
import { readOverviewSearch } from './overview/overview-range.ts';
import { portalOrigins } from './portal/portal-origins.ts';
import { basePath } from './session/account-path.ts';
import { readFailure } from './sign-in/failure-reason.ts';
import { SessionGate } from './sign-in/session-gate.tsx';
import { Failure } from './shell/failure.tsx';
import { Page } from './shell/page.tsx';
import { texts } from './texts.ts';
import { readEditSearch, readWebhookListSearch, readWebhookSearch } from './webhooks/webhook-search.ts';

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken });

const isPortal = portalOrigins !== null;

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  // The portal has no sign-in page, because the product that embeds it signs people in.
  component: isPortal ? lazyRouteComponent(() => import('./portal/portal-gate.tsx')) : SessionGate,
});

const signInFailed = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/failed',
  validateSearch: readFailure,
  component: lazyRouteComponent(() => import('./sign-in/sign-in-failed.tsx')),
});

/** Hides a page in the portal, because its requests are not permitted with portal tokens. */
function notInPortal(): void {
  if (isPortal) throw notFound();
}

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
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
  // Loaded when the page is first opened.
  component: lazyRouteComponent(() => import('./execution/execution-page.tsx'), 'ExecutionPage'),
});

const endpoints = createRoute({
  getParentRoute: () => signedIn,
  path: '/endpoints',
  validateSearch: readEndpointSearch,
  component: lazyRouteComponent(() => import('./endpoints/endpoints-page.tsx'), 'EndpointsPage'),
});

const endpoint = createRoute({
  getParentRoute: () => signedIn,
  path: '/endpoints/one',
  validateSearch: readOneEndpointSearch,
  component: lazyRouteComponent(() => import('./endpoints/endpoint-page.tsx'), 'EndpointPage'),
});

const jobs = createRoute({
  getParentRoute: () => signedIn,
  path: '/jobs',
  component: lazyRouteComponent(() => import('./jobs/jobs-page.tsx'), 'JobsPage'),
});

const newJob = createRoute({
  getParentRoute: () => signedIn,
  path: '/jobs/new',
  validateSearch: readNewJobSearch,
  component: lazyRouteComponent(() => import('./jobs/new-job-page.tsx'), 'NewJobPage'),
});

const job = createRoute({
  getParentRoute: () => signedIn,
  path: '/jobs/$id',
  validateSearch: readJobSearch,
  component: lazyRouteComponent(() => import('./jobs/job-page.tsx'), 'JobPage'),
});

const webhooks = createRoute({
  getParentRoute: () => signedIn,
  path: '/webhooks',
  validateSearch: readWebhookListSearch,
  component: lazyRouteComponent(() => import('./webhooks/webhooks-page.tsx'), 'WebhooksPage'),
});

const webhook = createRoute({
  getParentRoute: () => signedIn,
  path: '/webhooks/$workflowId/$actionId',
  validateSearch: readWebhookSearch,
  component: lazyRouteComponent(() => import('./webhooks/webhook-page.tsx'), 'WebhookPage'),
});

const editWebhook = createRoute({
  getParentRoute: () => signedIn,
  path: '/webhooks/edit',
  validateSearch: readEditSearch,
  component: lazyRouteComponent(() => import('./webhooks/edit-page.tsx'), 'EditPage'),
});

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: '/keys',
  beforeLoad: notInPortal,
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'KeysPage'),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/audit',
  beforeLoad: notInPortal,
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
});

const deadLetters = createRoute({
  getParentRoute: () => signedIn,
  path: '/dead-letters',
  beforeLoad: notInPortal,
  validateSearch: readDeadLetterSearch,
  component: lazyRouteComponent(() => import('./dead-letters/dead-letters-page.tsx'), 'DeadLettersPage'),
});

const deadLetter = createRoute({
  getParentRoute: () => signedIn,
  path: '/dead-letters/$id',
  beforeLoad: notInPortal,
  component: lazyRouteComponent(() => import('./dead-letters/dead-letter-page.tsx'), 'DeadLetterPage'),
});

const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts',
  beforeLoad: notInPortal,
  component: lazyRouteComponent(() => import('./accounts/accounts-page.tsx'), 'AccountsPage'),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts/$id',
  beforeLoad: notInPortal,
  component: lazyRouteComponent(() => import('./accounts/account-page.tsx'), 'AccountPage'),
});

/** Matches every other address, so that a stale link still shows the menu. */
const noPage = createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFound });

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
  routeTree: root.addChildren([
    signInFailed,
    signedIn.addChildren([
      home,
      executions,
      execution,
      endpoints,
      endpoint,
      jobs,
      newJob,
      job,
      webhooks,
      webhook,
      editWebhook,
      keys,
      audit,
      deadLetters,
      deadLetter,
      accounts,
      account,
      noPage,
    ]),
  ]),
  basepath: isPortal ? '/console/portal' : basePath(window.location.pathname),
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
