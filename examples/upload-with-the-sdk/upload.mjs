// Uploads a file with the official SDK, lists what is there, and prints a URL of a transformed version.
//
//   npm install cloudinary
//   CLOUDINARY_URL='cloudinary://KEY:SECRET@demo?upload_prefix=http://127.0.0.1:4080' node upload.mjs photo.jpg
import { v2 as cloudinary } from 'cloudinary';

const file = process.argv[2];
const asset = await cloudinary.uploader.upload(file, {
  folder: 'examples',
  tags: ['example'],
  eager: [{ width: 300, height: 200, crop: 'fill' }],
});
console.log(`uploaded ${asset.public_id}: ${asset.width}×${asset.height}, ${asset.bytes} bytes`);
console.log(`eager: ${asset.eager[0].secure_url}`);

const { resources } = await cloudinary.api.resources_by_tag('example');
console.log(`${resources.length} asset(s) with the tag example`);

// Delivery URLs are built by the SDK itself: it needs our address, and plain http while there is no TLS in front.
const { host, protocol } = new URL(cloudinary.config().upload_prefix);
const address = protocol === 'https:' ? { secure: true, secure_distribution: host } : { secure: false, cname: host };
console.log(
  `url: ${cloudinary.url(asset.public_id, { ...address, width: 200, height: 200, crop: 'thumb', gravity: 'auto', fetch_format: 'auto' })}`,
);
