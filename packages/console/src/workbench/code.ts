/**
 * The address of a transformed asset, in the words of every SDK. The transformation goes in as it was typed
 * (`raw_transformation` and its names in the other SDKs), so the code gives exactly the address shown.
 */
export interface Delivered {
  /** `https://host:port` */
  readonly origin: string;
  readonly cloud: string;
  readonly resourceType: 'image' | 'video';
  readonly type: string;
  readonly publicId: string;
  readonly format: string;
  readonly version: number;
  readonly transformation: string;
}

export interface Sample {
  readonly id: string;
  readonly label: string;
  readonly code: string;
}

const single = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const double = (text: string): string => JSON.stringify(text);

export function deliveryAddress(what: Delivered): string {
  const id = encodeURIComponent(what.publicId).replaceAll('%2F', '/').replaceAll('%3A', ':');
  return [
    what.origin,
    what.cloud,
    what.resourceType,
    what.type,
    ...(what.transformation === '' ? [] : [what.transformation]),
    `v${what.version}`,
    `${id}${what.format === '' ? '' : `.${what.format}`}`,
  ].join('/');
}

export function samples(what: Delivered): Sample[] {
  const { cloud, publicId, format, version, transformation, resourceType, type } = what;
  const { host, protocol } = new URL(what.origin);
  const secure = protocol === 'https:';
  const address = deliveryAddress(what);
  const source = format === '' ? publicId : `${publicId}.${format}`;
  const node = `import { v2 as cloudinary } from 'cloudinary';

cloudinary.config({ cloud_name: ${single(cloud)}, ${secure ? 'secure_distribution' : 'cname'}: ${single(host)} });

const url = cloudinary.url(${single(publicId)}, {
  resource_type: ${single(resourceType)},
  type: ${single(type)},
  version: ${version},
  raw_transformation: ${single(transformation)},
  format: ${single(format)},
  secure: ${secure},
});`;
  const python = `import cloudinary
from cloudinary.utils import cloudinary_url

cloudinary.config(cloud_name=${double(cloud)}, secure=${secure ? 'True' : 'False'}, ${secure ? 'secure_distribution' : 'cname'}=${double(host)})

url, _ = cloudinary_url(
    ${double(publicId)},
    resource_type=${double(resourceType)},
    type=${double(type)},
    version=${version},
    raw_transformation=${double(transformation)},
    format=${double(format)},
)`;
  const php = `use Cloudinary\\Cloudinary;

$cloudinary = new Cloudinary([
    'cloud' => ['cloud_name' => ${single(cloud)}],
    'url' => ['secure' => ${secure}, ${secure ? "'secure_cname'" : "'cname'"} => ${single(host)}],
]);

$url = (string) $cloudinary->${resourceType}(${single(source)})
    ->deliveryType(${single(type)})
    ->version(${version})
    ->addTransformation(${single(transformation)})
    ->toUrl();`;
  const ruby = `require 'cloudinary'

Cloudinary.config(cloud_name: ${single(cloud)}, secure: ${secure}, ${secure ? 'secure_distribution' : 'cname'}: ${single(host)})

url = Cloudinary::Utils.cloudinary_url(
  ${single(publicId)},
  resource_type: ${single(resourceType)},
  type: ${single(type)},
  version: ${version},
  raw_transformation: ${single(transformation)},
  format: ${single(format)}
)`;
  const java = `Cloudinary cloudinary = new Cloudinary(ObjectUtils.asMap(
    "cloud_name", ${double(cloud)}, "secure", ${secure}, ${secure ? '"secure_distribution"' : '"cname"'}, ${double(host)}));

String url = cloudinary.url()
    .resourceType(${double(resourceType)})
    .type(${double(type)})
    .version(${version})
    .transformation(new Transformation().rawTransformation(${double(transformation)}))
    .format(${double(format)})
    .generate(${double(publicId)});`;
  const dotnet = `var cloudinary = new Cloudinary(new Account(${double(cloud)}));

var url = cloudinary.Api.Url
    .ResourceType(${double(resourceType)})
    .Action(${double(type)})
    .Secure(${secure})
    .${secure ? 'SecureDistribution' : 'CName'}(${double(host)})
    .Version(${double(String(version))})
    .Transform(new Transformation().RawTransformation(${double(transformation)}))
    .Format(${double(format)})
    .BuildUrl(${double(publicId)});`;
  const go = `cld, _ := cloudinary.NewFromParams(${double(cloud)}, "key", "secret")
cld.Config.URL.${secure ? 'SecureCName' : 'CName'} = ${double(host)}
cld.Config.URL.Secure = ${secure}

asset, _ := cld.${resourceType === 'image' ? 'Image' : 'Video'}(${double(source)})
asset.DeliveryType = ${double(type)}
asset.Version = ${version}
asset.Transformation = ${double(transformation)}
url, _ := asset.String()`;
  const urlGen = `import { Cloudinary } from '@cloudinary/url-gen';

const cloudinary = new Cloudinary({
  cloud: { cloudName: ${single(cloud)} },
  url: { secure: ${secure}, ${secure ? 'secureDistribution' : 'cname'}: ${single(host)} },
});

const url = cloudinary
  .${resourceType}(${single(source)})
  .setDeliveryType(${single(type)})
  .setVersion(${version})
  .addTransformation(${single(transformation)})
  .toURL();`;
  const html =
    resourceType === 'image'
      ? `<img src=${double(address)} alt="">`
      : `<video src=${double(address)} controls></video>`;
  return [
    { id: 'url', label: 'URL', code: address },
    { id: 'html', label: 'HTML', code: html },
    { id: 'node', label: 'Node', code: node },
    { id: 'url-gen', label: 'JavaScript', code: urlGen },
    { id: 'python', label: 'Python', code: python },
    { id: 'php', label: 'PHP', code: php },
    { id: 'ruby', label: 'Ruby', code: ruby },
    { id: 'java', label: 'Java', code: java },
    { id: 'dotnet', label: '.NET', code: dotnet },
    { id: 'go', label: 'Go', code: go },
    { id: 'curl', label: 'cURL', code: `curl -O ${single(address)}` },
  ];
}
