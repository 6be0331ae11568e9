/**
 * Ends this process when its parent is gone, however it ended: loaded by `node --import` (or imported) where nothing
 * else would stop the process. It looks at its parent twice a second, sends itself SIGTERM when that is gone, and kills
 * itself 5 s later: with its owner the stores are gone too, so there is nothing to drain to.
 */
const parent = process.ppid;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5_000).unref();
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();
