import { type DOMAttributes, useMemo, useState } from 'react';

/** Below this distance from the top, in px, the list counts as not scrolled. */
const AT_TOP_PX = 8;

interface Reading {
  /** Whether somebody reads the list, so that rows must not move. */
  isReading: boolean;
  /** For the element that scrolls. */
  handlers: DOMAttributes<HTMLElement>;
}

/** Notes whether a list is being read: it is scrolled down, the mouse is over it, or it has the focus. */
export function useReading(): Reading {
  const [isScrolled, setScrolled] = useState(false);
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const handlers = useMemo<Reading['handlers']>(
    () => ({
      onScroll: ({ currentTarget }) => setScrolled(currentTarget.scrollTop > AT_TOP_PX),
      // A finger stays over what it has touched.
      onPointerMove: ({ pointerType }) => setPointedAt(pointerType === 'mouse'),
      onPointerLeave: () => setPointedAt(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    }),
    [],
  );
  return { isReading: isScrolled || isPointedAt || isFocused, handlers };
}
