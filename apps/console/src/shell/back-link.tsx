import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/**
 * Link at the top of a page to the list that the page belongs to. Its text is the name of that list in the navigation.
 */
export const BackLink = createLink(Anchor);

/** Removes `aria-current`, which the router sets because the path of this page begins with that of the list. */
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
