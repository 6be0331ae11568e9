/**
 * Ends this process when its parent has ended for any reason. Loaded by `node --import` (or imported) if nothing else
 * would stop the process. The process checks its parent twice a second. When the parent is gone, it sends itself
 * SIGTERM, and SIGKILL 5 s later, since the stores are gone with their owner and draining would not succeed.
 */
const parent = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5_000).unref();
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();
