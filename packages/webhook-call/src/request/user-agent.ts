/** Sent as User-Agent where a definition sets none, by the dispatcher and the test call alike. */
export const USER_AGENT = 'Hookline/1';
