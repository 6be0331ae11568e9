/** Writes `dist/custom-elements.json`: the form's attributes, events, parts and properties, for code editors. */
export default {
  globs: ['src/hookline-webhook-form.ts', 'src/view/form-base.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
};
