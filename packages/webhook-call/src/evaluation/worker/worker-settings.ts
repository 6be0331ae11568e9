/** What a worker is started with. It gets no environment: it needs none, and the process's holds secrets. */
export interface WorkerSettings {
  /** Sent as User-Agent where a definition sets none. */
  userAgent: string;
  /** Most bytes of compiled definitions that a worker keeps. */
  cacheBytes: number;
}
