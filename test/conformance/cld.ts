import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { picture } from '../support/pictures.ts';
import { cleanEnvironment, type SignetServer } from '../support/server.ts';
import type { SdkResult } from './sdk.ts';

const run = promisify(execFile);

/** Commands of the official command line, in order, in a folder with `up`, and what their output must hold. */
const COMMANDS: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
  [['ping'], /"status": "ok"/],
  [['config'], /cloud_name/],
  [['admin', 'usage'], /"plan"/],
  [['uploader', 'upload', 'up/a.png', 'public_id=one', 'tags=x,y'], /"public_id": "one"/],
  [['admin', 'resource', 'one', 'colors=True'], /"predominant"/],
  [['admin', 'update', 'one', 'tags=z'], /"tags_updated_at"/],
  [['search', 'tags=z', '-f', 'tags', '-s', 'public_id', 'desc', '-n', '5'], /"total_count": 1/],
  [['admin', 'create_folder', 'archive/old'], /"success": true/],
  [['search_folders', 'name=old'], /"path": "archive\/old"/],
  [['upload_dir', 'up', '-f', 'remote'], /3 resources uploaded/],
  [['sync', '--push', 'up', 'synced'], /Synced \| 3[\s\S]*Done!/],
  [['sync', '--push', 'up', 'synced'], /Skipping 3 items/],
  [['sync', '--pull', 'pulled', 'synced'], /Synced \| 3[\s\S]*Done!/],
  [['make', 'upload', 'python'], /uploader\.upload/],
  [['utils', 'cloudinary_url', 'one', 'width=10'], /w_10\/one/],
  [['url', 'one', 'c_scale,w_10'], /c_scale,w_10\/one/],
  [['admin', 'create_upload_preset', 'name=p', 'unsigned=True'], /"message": "created"/],
  [['admin', 'add_metadata_field', '{"external_id":"f","type":"string","label":"F"}'], /"external_id": "f"/],
  [['provisioning', 'sub_accounts'], /"api_access_keys"/],
  [['uploader', 'destroy', 'one'], /"result": "ok"/],
];

/** @param python an interpreter beside which `cld` is installed (PyPI `cloudinary-cli`) */
export async function runCld(python: string, folder: string, server: SignetServer): Promise<SdkResult[]> {
  const home = join(folder, 'cld');
  await mkdir(join(home, 'up/sub'), { recursive: true });
  for (const [index, name] of ['a.png', 'sub/b.png', 'c d.png'].entries())
    await writeFile(join(home, 'up', name), await picture(index));
  const env = cleanEnvironment({
    HOME: home,
    CLOUDINARY_URL: `${server.cloudinaryUrl}&cname=${new URL(server.url).host}`,
    CLOUDINARY_ACCOUNT_URL: 'account://pk:ps@acc',
  });
  const results: SdkResult[] = [];
  for (const [args, expected] of COMMANDS) {
    const check = `cld ${args.slice(0, 2).join(' ')}`;
    try {
      const { stdout, stderr } = await run(join(dirname(python), 'cld'), args, { cwd: home, env, timeout: 60_000 });
      const said = stdout + stderr;
      results.push(
        expected.test(said) ? { check } : { check, error: `expected ${expected} but it said ${said.slice(-200)}` },
      );
    } catch (error) {
      results.push({ check, error: (error as Error).message.slice(-300) });
    }
  }
  const pulled = await readdir(join(home, 'pulled'), { recursive: true }).catch((): string[] => []);
  if (!pulled.includes('sub/b.png')) results.push({ check: 'files pulled', error: `only ${pulled.join(', ')}` });
  await rm(home, { recursive: true, force: true });
  return results;
}
