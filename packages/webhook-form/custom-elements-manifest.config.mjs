/** Writes `dist/custom-elements.json`, which describes attributes, events, parts and properties to editors. */
export default {
  globs: ['src/hookline-webhook-form.ts', 'src/view/form-base.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
};
