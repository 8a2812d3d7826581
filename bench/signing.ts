/**
 * Signing, ours against the official SDK's `api_sign_request`, in one run.
 *
 *   node bench/signing.ts [--json]
 *
 * Target: at least 3 times the SDK's rate for a usual upload. Both are measured in turns and the median of the rounds'
 * ratios counts, so that neighbours on the machine disturb both alike. Exits 1 below the target.
 */
import cloudinary from 'cloudinary';
import { measure } from 'mitata';
import { apiSignRequest, verifyUpload } from '../packages/signing/src/index.ts';
import { median } from './support.ts';

const TARGET = 3;
const ROUNDS = 7;
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

const nanoseconds = async (work: () => unknown): Promise<number> =>
  (await measure(work, { min_cpu_time: 150 * 1e6 })).p50;

const figures = [];
for (const [name, params] of Object.entries(requests)) {
  if (sdkSign(params, secret, 'sha1', 2) !== apiSignRequest(params, secret)) throw new Error(`Not equal: ${name}`);
  const rounds: { sdk: number; ours: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sdk = await nanoseconds(() => sdkSign(params, secret, 'sha1', 2));
    const ours = await nanoseconds(() => apiSignRequest(params, secret));
    rounds.push({ sdk, ours });
  }
  figures.push({
    name,
    sdkNs: Math.round(median(rounds.map(({ sdk }) => sdk))),
    signetNs: Math.round(median(rounds.map(({ ours }) => ours))),
    ratio: Number(median(rounds.map(({ sdk, ours }) => sdk / ours)).toFixed(2)),
  });
}
const usual = requests['usual upload'];
const signature = apiSignRequest(usual, secret);
const verifyNs = Math.round(await nanoseconds(() => verifyUpload(usual, signature, secret, { now })));

const ratio = figures.at(-1)!.ratio;
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ bench: 'signing', target: TARGET, ratio, figures, verifyNs }));
} else {
  for (const one of figures) {
    console.log(`${one.name}: ${one.ratio} times the SDK's rate (${one.signetNs} ns against ${one.sdkNs} ns)`);
  }
  console.log(`verifying a usual upload: ${verifyNs} ns`);
}
if (ratio < TARGET) {
  console.error(`Below the target of ${TARGET}`);
  process.exitCode = 1;
}
