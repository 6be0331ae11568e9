import type { ReactNode } from 'react';

const ICONS = {
  check: 'M3 8.5l3.5 3.5L13 5',
  alert: 'M8 3v6M8 12.5v.5',
  clock: 'M8 4v4l3 2M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  broken: 'M2 8h4M10 8h4M6 4l4 8',
  probe: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  play: 'M5 3l7 5-7 5z',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M3 8h10',
  hourglass: 'M4 2h8M4 14h8M5 2c0 6 6 6 6 12M11 2c0 6-6 6-6 12',
} as const;

export interface BadgeLook {
  tone: 'ok' | 'bad' | 'warn' | 'wait' | 'plain';
  icon: keyof typeof ICONS;
}

/** Shows a state as an icon, a word and a colour, so that the colour is never the only sign. */
export function Badge({ tone, icon, children }: BadgeLook & { children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden
      >
        <path d={ICONS[icon]} />
      </svg>
      {children}
    </span>
  );
}
