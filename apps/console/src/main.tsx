import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import './design/controls.css';
import { isRepeated } from './api/is-worth-repeating.ts';
import { portalOrigins } from './portal/portal-origins.ts';
import { router } from './router.tsx';
import { applyTheme } from './shell/theme.ts';

// In the portal, the embedding page chooses the theme, and the storage of the browser is not used.
if (!portalOrigins) applyTheme();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: isRepeated,
      refetchOnWindowFocus: false,
    },
  },
});

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no element with the id root: add it to render the console');
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
