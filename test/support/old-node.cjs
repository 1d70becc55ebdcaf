// Loaded before the program: as if this were a Node that it does not work on.
Object.defineProperty(process.versions, 'node', { value: '20.20.2' });
