/** State of the execution page, as query parameters of its address. */
export interface DetailSearch {
  /** Number of the selected attempt; the last attempt by default. */
  attempt?: number;
  /** Number of the attempt with which the selected attempt is compared. */
  compare?: number;
}

/** Reads the query of an address; values that are not attempt numbers are dropped. */
export function readDetailSearch(raw: Record<string, unknown>): DetailSearch {
  const search: DetailSearch = {};
  for (const name of ['attempt', 'compare'] as const) {
    const value = Number(raw[name]);
    if (Number.isInteger(value) && value > 0) search[name] = value;
  }
  return search;
}
