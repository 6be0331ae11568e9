/** Settings of a worker thread, which gets no environment variables, because those of the process contain secrets. */
export interface WorkerSettings {
  /** Sent as User-Agent if a definition sets none. */
  userAgent: string;
  /** Maximum estimated bytes of compiled definitions that a thread keeps. */
  cacheBytes: number;
}
