/** Writes `dist/custom-elements.json`, from which editors know attributes, events, parts and properties. */
export default {
  globs: ['src/hookline-webhook-form.ts', 'src/view/form-base.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
};
