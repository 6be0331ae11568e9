/**
 * Ends this process when its parent has ended for any reason. Loaded by `node --import` (or imported) if nothing else
 * would stop the process. The process checks its parent twice a second. When the parent is gone, it sends itself
 * SIGTERM, and SIGKILL 5 s later, because draining cannot succeed if the stores that it needs ended with the parent.
 */
const parent = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5_000).unref();
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();
