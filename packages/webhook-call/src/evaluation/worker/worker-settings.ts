/** Settings of a worker thread. It gets no environment, because that of the process contains secrets. */
export interface WorkerSettings {
  /** Sent as User-Agent if a definition sets none. */
  userAgent: string;
  /** Maximum estimated bytes of compiled definitions that a thread keeps. */
  cacheBytes: number;
}
