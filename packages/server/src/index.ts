export { parseCloudinaryUrl } from './accounts/accounts.ts';
export { type Config, ConfigError, loadConfig, SETTINGS, type SettingName } from './config.ts';
export { createLoginLink } from './http/console/sessions.ts';
export { type RunningServer, startServer } from './start.ts';
