const NAME = 'hookline-portal-origins';

/**
 * Returns the origins whose pages may embed this page; null in the console itself. config-api writes these origins into
 * the page of the portal.
 */
function readOrigins(): readonly string[] | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${NAME}"]`);
  return meta && meta.content.split(' ');
}

/** Origins whose pages may embed this page, read when the page is loaded; null in the console itself. */
export const portalOrigins = readOrigins();
