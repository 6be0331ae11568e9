/** Sent as User-Agent if a definition sets none, by the dispatcher and in test calls. */
export const USER_AGENT = 'Hookline/1';
