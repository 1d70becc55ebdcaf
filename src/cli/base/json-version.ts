/** Keys and meaning of all JSON output; raised when one is removed or changes its meaning. */
export const SCHEMA_VERSION_JSON = 1;
