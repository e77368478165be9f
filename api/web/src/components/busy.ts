/**
 * A button's spinner, shown only when an answer takes longer than a glance: one that comes and
 * goes at once is noise, and the button's animation never ends when it is turned back midway.
 */
export const busy = (pending: boolean) => pending && { delay: 250 };
