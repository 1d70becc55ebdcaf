declare module 'pgpass' {
  export default function lookUp(connection: object, found: (password: string | undefined) => void): void;
}
