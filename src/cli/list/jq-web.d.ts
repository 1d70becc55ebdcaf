declare module 'jq-web' {
  interface Jq {
    /** Undefined where the program makes nothing. What it writes to stderr goes to `console.warn`, in colours. */
    raw: (json: string, program: string, flags: readonly string[]) => string | undefined;
  }

  /** Once its WebAssembly is loaded. */
  const jq: Promise<Jq>;
  export = jq;
}
