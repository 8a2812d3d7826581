/**
 * Signing, ours against the official SDK's `api_sign_request`, in one run.
 *
 *   node bench/signing.ts [--json]
 *
 * Target: at least 3 times the SDK's rate for a usual upload. Exits 1 below it.
 */
import cloudinary from 'cloudinary';
import { bench, boxplot, run, summary } from 'mitata';
import { apiSignRequest, verifyUpload } from '../packages/signing/src/index.ts';

const TARGET = 3;
const secret = 'hdcixPpR2iKERPwqvH6sHdK9cyac';
const now = 1_315_060_510;
const requests = {
  'two parameters': { public_id: 'sample_image', timestamp: now },
  'usual upload': {
    timestamp: now,
    public_id: 'sample_image',
    folder: 'shop/products',
    tags: ['red', 'summer'],
    eager: 'w_400,h_300,c_pad|w_260,h_200,c_crop',
    context: 'alt=A & B|caption=x=1',
    overwrite: true,
  },
};

const sdkSign = cloudinary.v2.utils.api_sign_request as unknown as (
  params: object,
  secret: string,
  algorithm: string,
  version: number,
) => string;

const json = process.argv.includes('--json');
for (const [name, params] of Object.entries(requests)) {
  if (sdkSign(params, secret, 'sha1', 2) !== apiSignRequest(params, secret)) throw new Error(`Not equal: ${name}`);
  boxplot(() => {
    summary(() => {
      bench(`sdk, ${name}`, () => sdkSign(params, secret, 'sha1', 2));
      bench(`signet, ${name}`, () => apiSignRequest(params, secret));
    });
  });
}
const usual = requests['usual upload'];
const signature = apiSignRequest(usual, secret);
bench('signet, verify a usual upload', () => verifyUpload(usual, signature, secret, { now }));

const { benchmarks } = await run(json ? { format: 'quiet' } : {});
/** The median: neighbours on the machine disturb the mean. */
const median = (alias: string): number => {
  const stats = benchmarks.find((one) => one.alias === alias)?.runs[0]?.stats;
  if (stats === undefined) throw new Error(`No figures for ${alias}`);
  return stats.p50;
};
const figures = Object.keys(requests).map((name) => {
  const [sdk, ours] = [median(`sdk, ${name}`), median(`signet, ${name}`)];
  return { name, sdkNs: Math.round(sdk), signetNs: Math.round(ours), ratio: Number((sdk / ours).toFixed(2)) };
});
const worst = Math.min(...figures.map((one) => one.ratio));
if (json) console.log(JSON.stringify({ bench: 'signing', target: TARGET, ratio: worst, figures }));
else
  for (const one of figures)
    console.log(`${one.name}: ${one.ratio} times the SDK's rate (${one.signetNs} ns against ${one.sdkNs} ns)`);
if (worst < TARGET) {
  console.error(`Below the target of ${TARGET}`);
  process.exitCode = 1;
}
