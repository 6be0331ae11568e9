import { type DOMAttributes, useMemo, useState } from 'react';

/** If the list is scrolled by less than this, in px, it is treated as not scrolled. */
const AT_TOP_PX = 8;

interface Reading {
  /** Whether the list is in use, so that rows must not move. */
  isReading: boolean;
  /** For the element that scrolls. */
  handlers: DOMAttributes<HTMLElement>;
}

/** Tracks whether a list is in use: it is scrolled down, the mouse is over it, or it has the focus. */
export function useReading(): Reading {
  const [isScrolled, setScrolled] = useState(false);
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const handlers = useMemo<Reading['handlers']>(
    () => ({
      onScroll: ({ currentTarget }) => setScrolled(currentTarget.scrollTop > AT_TOP_PX),
      // Not for touch, because no event reports that the finger has moved away.
      onPointerMove: ({ pointerType }) => setPointedAt(pointerType === 'mouse'),
      onPointerLeave: () => setPointedAt(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    }),
    [],
  );
  return { isReading: isScrolled || isPointedAt || isFocused, handlers };
}
