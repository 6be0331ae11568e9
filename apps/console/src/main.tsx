import { HooklineError } from '@hookline/client/hookline-error';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import './design/controls.css';
import { portalOrigins } from './portal/portal-origins.ts';
import { router } from './router.tsx';
import { applyTheme } from './shell/theme.ts';

// In the portal, the page around it chooses the theme, and nothing is read from or written to the browser's storage.
if (!portalOrigins) applyTheme();

const MAX_RETRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // No retry if the API refused a request: sending it again would not change the answer.
      retry: (count, error) => count < MAX_RETRIES && !(error instanceof HooklineError && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no element with the id root');
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
