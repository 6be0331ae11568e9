/** How Node runs the sources as they are: fault points exist only there. */
export const SOURCE_FLAGS = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];
