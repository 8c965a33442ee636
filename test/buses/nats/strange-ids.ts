/** Ids with what means something in an address of a bus, and two that differ in case alone. */
export const strangeIds = ['*', '>', 'a.>', 'a.*', '#', '+', '$SYS/x', '/', ' ', 'a b', 'A', 'a'] as const;
