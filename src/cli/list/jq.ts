import jq from 'jq-web';

// that module is a promise, which `import()` would take apart
export { jq };
