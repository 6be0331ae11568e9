const NAME = 'hookline-portal-origins';

/**
 * Returns the origins whose pages may embed this one, which config-api writes into the page of the portal; null in the
 * console itself.
 */
function readOrigins(): readonly string[] | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${NAME}"]`);
  return meta && meta.content.split(' ');
}

/** Null in the console itself. Does not change while the page is open. */
export const portalOrigins = readOrigins();
