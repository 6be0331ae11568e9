import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Link,
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
import { Session } from './session/session-gate.tsx';
import { Failure } from './shell/failure.tsx';
import { Page } from './shell/page.tsx';
import { texts } from './texts.ts';
import { readWebhookListSearch, readWebhookSearch } from './webhooks/webhook-search.ts';

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken });

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Session });

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
  // Loaded when it is first opened.
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

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: '/keys',
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'KeysPage'),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
});

const deadLetters = createRoute({
  getParentRoute: () => signedIn,
  path: '/dead-letters',
  validateSearch: readDeadLetterSearch,
  component: lazyRouteComponent(() => import('./dead-letters/dead-letters-page.tsx'), 'DeadLettersPage'),
});

const deadLetter = createRoute({
  getParentRoute: () => signedIn,
  path: '/dead-letters/$id',
  component: lazyRouteComponent(() => import('./dead-letters/dead-letter-page.tsx'), 'DeadLetterPage'),
});

const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./accounts/accounts-page.tsx'), 'AccountsPage'),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./accounts/account-page.tsx'), 'AccountPage'),
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
  routeTree: root.addChildren([
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
      keys,
      audit,
      deadLetters,
      deadLetter,
      accounts,
      account,
    ]),
  ]),
  basepath: '/console',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
