import { type DOMAttributes, useMemo, useState } from 'react';

/** Distance in px by which the list may be scrolled and still count as not scrolled. */
const AT_TOP_PX = 8;

interface Reading {
  /** Whether the list is in use; its rows must not move then. */
  isReading: boolean;
  /** Handlers for the element that scrolls. */
  handlers: DOMAttributes<HTMLElement>;
}

/** Tracks whether a list is in use: scrolled down, under the mouse pointer, or focused. */
export function useReading(): Reading {
  const [isScrolled, setScrolled] = useState(false);
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const handlers = useMemo<Reading['handlers']>(
    () => ({
      onScroll: ({ currentTarget }) => setScrolled(currentTarget.scrollTop > AT_TOP_PX),
      // Only a mouse pointer counts, because a finger does not rest on the list.
      onPointerMove: ({ pointerType }) => setPointedAt(pointerType === 'mouse'),
      onPointerLeave: () => setPointedAt(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    }),
    [],
  );
  return { isReading: isScrolled || isPointedAt || isFocused, handlers };
}
