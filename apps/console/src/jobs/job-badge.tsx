import { Badge, type BadgeLook } from '../shell/badge.tsx';
import { texts } from '../texts.ts';
import type { ItemState, ReplayJob } from './job-search.ts';

const JOBS: Record<ReplayJob['state'], BadgeLook> = {
  planned: { tone: 'plain', icon: 'clock' },
  running: { tone: 'wait', icon: 'play' },
  paused: { tone: 'warn', icon: 'pause' },
  aborting: { tone: 'warn', icon: 'cross' },
  aborted: { tone: 'plain', icon: 'cross' },
  completed: { tone: 'ok', icon: 'check' },
};

const ITEMS: Record<ItemState, BadgeLook> = {
  pending: { tone: 'wait', icon: 'clock' },
  replayed: { tone: 'ok', icon: 'check' },
  skipped: { tone: 'plain', icon: 'dash' },
  failed: { tone: 'bad', icon: 'alert' },
};

export function JobBadge({ state }: { state: ReplayJob['state'] }) {
  return <Badge {...JOBS[state]}>{texts.jobs.states[state]}</Badge>;
}

export function ItemBadge({ state }: { state: ItemState }) {
  return <Badge {...ITEMS[state]}>{texts.jobs.items.states[state]}</Badge>;
}
