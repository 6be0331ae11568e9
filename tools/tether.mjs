/**
 * Ends this process when its parent is gone, however it ended: loaded by `node --import` (or imported) where nothing
 * else would stop the process. It looks at its parent twice a second; the orderly way is SIGTERM, and what has not
 * ended 40 s later is killed.
 */
const parent = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 40_000).unref();
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();
