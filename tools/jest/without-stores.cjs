/** For Jest's `--filter`, which requires a CommonJS module: keeps the suites that need no store. */
module.exports = async (paths) => {
  const { withoutStores } = await import('./without-stores.ts');
  return { filtered: await withoutStores(paths) };
};
