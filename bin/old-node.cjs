// cron finds another Node than a shell does, and on an old one half of the commands would still work
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  const { execPath, version } = process;
  const message = `tomo needs Node 22.22 or newer, and ${execPath} is ${version}. Nothing was done.`;
  process.stderr.write(`Error: ${message}\nPut the folder of a newer one first into PATH; cron does not know yours.\n`);
  process.exit(1);
}
