/** A command that cannot be carried out as it was given: nothing was asked, and nothing written. */
export class WrongUsage extends Error {}
