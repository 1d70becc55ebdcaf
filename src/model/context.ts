/** The name that an operator has given to a database and its server. */
export interface DatabaseContext {
  name: string;
  production: boolean;
}

/** A context as it is shown. */
export interface ListedContext extends DatabaseContext {
  /** The one that counts where nothing else is named. */
  current: boolean;
  /** Without a password. */
  database: string;
  /** Whose session table it is; null: not said. */
  server: string | null;
  /** The file that has it. */
  file: string;
}
