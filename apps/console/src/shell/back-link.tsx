import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** Link at the top of a page to the list that the page belongs to. It has the name of the list in the navigation. */
export const BackLink = createLink(Anchor);

/** Without `aria-current`, which the router sets because the path of the list begins the path of this page. */
function Anchor({ children, ...link }: ComponentProps<'a'>) {
  return (
    <nav className="page-back">
      <a {...link} aria-current={undefined}>
        <span className="page-back-arrow" aria-hidden>
          ←
        </span>
        {children}
      </a>
    </nav>
  );
}
