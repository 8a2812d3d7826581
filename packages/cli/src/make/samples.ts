/** What the samples need to know of the account; secrets are always read from the environment. */
export interface SampleFacts {
  readonly cloud: string;
  readonly api: string;
  readonly delivery: string;
  readonly apiKey: string;
  readonly own: boolean;
}

export interface Sample {
  readonly language: string;
  readonly name: string;
  readonly write: (facts: SampleFacts) => string;
}

const nodeUrlOptions = ({ own, api }: SampleFacts): string => {
  if (!own) return '';
  const { protocol, host } = new URL(api);
  return protocol === 'https:' ? `secure: true, secure_distribution: '${host}', ` : `secure: false, cname: '${host}', `;
};

/** `signet make <name> <language>`: short programs that run as they are with `CLOUDINARY_URL` set. */
export const SAMPLES: readonly Sample[] = [
  {
    language: 'node',
    name: 'upload',
    write: (facts) => `// npm install cloudinary; CLOUDINARY_URL is read from the environment.
import { v2 as cloudinary } from 'cloudinary';

const asset = await cloudinary.uploader.upload('picture.jpg', { resource_type: 'auto', tags: ['sample'] });
console.log(asset.public_id, asset.secure_url);
console.log(cloudinary.url(asset.public_id, { ${nodeUrlOptions(facts)}width: 300, crop: 'fill', format: asset.format }));`,
  },
  {
    language: 'node',
    name: 'sign',
    write: ({ cloud, api }) => `// The server's part of a signed upload from a browser: npm install cloudinary
import { createServer } from 'node:http';
import { v2 as cloudinary } from 'cloudinary';

const { api_key, api_secret } = cloudinary.config();
createServer((_request, response) => {
  // Sign only what your site allows, never whatever a browser sends.
  const params = { timestamp: Math.round(Date.now() / 1000), folder: 'visitors' };
  const signature = cloudinary.utils.api_sign_request(params, api_secret);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ ...params, signature, api_key, url: '${api}/v1_1/${cloud}/auto/upload' }));
}).listen(3000);`,
  },
  {
    language: 'node',
    name: 'explicit',
    write: () => `import { v2 as cloudinary } from 'cloudinary';

const asset = await cloudinary.uploader.explicit('sample', {
  type: 'upload',
  eager: [{ width: 400, height: 300, crop: 'fill' }],
});
console.log(asset.eager);`,
  },
  {
    language: 'node',
    name: 'search',
    write: () => `import { v2 as cloudinary } from 'cloudinary';

const { total_count, resources } = await cloudinary.search
  .expression('resource_type:image AND tags=sample')
  .sort_by('created_at', 'desc')
  .max_results(30)
  .execute();
console.log(total_count, resources.map(({ public_id }) => public_id));`,
  },
  {
    language: 'python',
    name: 'base',
    write: () => `# pip install cloudinary; CLOUDINARY_URL is read from the environment.
import cloudinary
import cloudinary.api
import cloudinary.uploader

print(cloudinary.api.ping())`,
  },
  {
    language: 'python',
    name: 'upload',
    write: () => `# pip install cloudinary; CLOUDINARY_URL is read from the environment.
import cloudinary.uploader

asset = cloudinary.uploader.upload("picture.jpg", resource_type="auto", tags=["sample"])
print(asset["public_id"], asset["secure_url"])`,
  },
  {
    language: 'python',
    name: 'explicit',
    write: () => `import cloudinary.uploader

asset = cloudinary.uploader.explicit("sample", type="upload", eager=[{"width": 400, "height": 300, "crop": "fill"}])
print(asset["eager"])`,
  },
  {
    language: 'python',
    name: 'find_all_empty_folders',
    write: () => `import cloudinary.api


def empty_below(path):
    found = []
    for folder in cloudinary.api.subfolders(path)["folders"] if path else cloudinary.api.root_folders()["folders"]:
        inner = empty_below(folder["path"])
        has_folders = bool(cloudinary.api.subfolders(folder["path"])["folders"])
        if not has_folders and not cloudinary.api.resources_by_asset_folder(folder["path"])["resources"]:
            found.append(folder["path"])
        found += inner
    return found


print("\\n".join(empty_below("")))`,
  },
  {
    language: 'ruby',
    name: 'upload',
    write: () => `# gem install cloudinary; CLOUDINARY_URL is read from the environment.
require "cloudinary"

asset = Cloudinary::Uploader.upload("picture.jpg", resource_type: "auto", tags: ["sample"])
puts asset["public_id"], asset["secure_url"]`,
  },
  {
    language: 'php',
    name: 'upload',
    write: () => `<?php // composer require cloudinary/cloudinary_php; CLOUDINARY_URL is read from the environment.
require 'vendor/autoload.php';

$asset = (new Cloudinary\\Cloudinary())->uploadApi()->upload('picture.jpg', ['resource_type' => 'auto', 'tags' => ['sample']]);
echo $asset['public_id'], ' ', $asset['secure_url'], PHP_EOL;`,
  },
  {
    language: 'curl',
    name: 'upload',
    write: ({ api, cloud, apiKey }) => `#!/bin/sh
# SECRET holds the API secret. The digest of the sorted parameters with the secret appended is the signature.
timestamp=$(date +%s)
signature=$(printf '%s' "public_id=sample&timestamp=$timestamp$SECRET" | sha1sum | cut -d' ' -f1)
curl ${api}/v1_1/${cloud}/image/upload \\
  -F public_id=sample -F timestamp="$timestamp" -F api_key=${apiKey} -F signature="$signature" -F file=@picture.jpg`,
  },
  {
    language: 'html',
    name: 'upload_widget',
    write: ({ api, cloud, own }) => `<!doctype html>
<button id="upload">Upload files</button>
<script src="${own ? `${api}/widget/upload.js` : 'https://upload-widget.cloudinary.com/latest/global/all.js'}"></script>
<script>
  // An unsigned preset of this name has to exist: signet admin create_upload_preset name=web unsigned=true
  const widget = cloudinary.createUploadWidget({ cloudName: '${cloud}', uploadPreset: 'web' }, (error, result) => {
    if (!error && result.event === 'success') console.log(result.info.secure_url);
  });
  document.getElementById('upload').addEventListener('click', () => widget.open());
</script>`,
  },
  {
    language: 'html',
    name: 'video_player',
    write: ({ api, cloud, own }) => `<iframe
  src="${own ? `${api}/player/embed` : 'https://player.cloudinary.com/embed/'}?cloud_name=${cloud}&public_id=sample"
  style="width: 100%; aspect-ratio: 16 / 9; border: 0"
  allow="autoplay; fullscreen; encrypted-media; picture-in-picture"></iframe>`,
  },
  {
    language: 'html',
    name: 'upload',
    write: ({ api, cloud }) => `<!doctype html>
<form id="form"><input type="file" name="file" required /><button>Upload</button></form>
<script>
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    data.append('upload_preset', 'web'); // an unsigned preset of this name has to exist
    const answer = await fetch('${api}/v1_1/${cloud}/auto/upload', { method: 'POST', body: data });
    console.log(await answer.json());
  });
</script>`,
  },
];
