// Loaded before the program: as if the account had this home folder (ACCOUNT_HOME), or were not known here.
const os = require('node:os');

os.userInfo = () => {
  const { ACCOUNT_HOME: homedir } = process.env;
  if (!homedir) throw new Error('uv_os_get_passwd returned ENOENT (no such file or directory)');
  return { username: 'somebody', homedir };
};
os.homedir = () => process.env.HOME ?? os.userInfo().homedir;
