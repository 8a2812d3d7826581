// Settings, at build time: NEXT_PUBLIC_CLOUDINARY_CLOUD_NAME, NEXT_PUBLIC_CLOUDINARY_API_KEY (signed uploads) and
// SIGNET_URL, the address of your server.
import { CldUploadWidget } from 'next-cloudinary';
import { useState } from 'react';

export default function Page() {
  const [asset, setAsset] = useState();
  const props = { onSuccess: ({ info }) => setAsset(info), options: { multiple: false } };
  return (
    <main>
      <h1>Upload a picture</h1>
      <CldUploadWidget uploadPreset="site" {...props}>
        {({ open, isLoading }) => (
          <button type="button" disabled={isLoading} onClick={() => open()}>
            Without signature
          </button>
        )}
      </CldUploadWidget>
      <CldUploadWidget signatureEndpoint="/api/sign" {...props}>
        {({ open, isLoading }) => (
          <button type="button" disabled={isLoading} onClick={() => open()}>
            Signed
          </button>
        )}
      </CldUploadWidget>
      {asset && (
        <figure>
          {/* biome-ignore lint/performance/noImgElement: the media server has already made it the right size */}
          <img src={asset.thumbnail_url} alt="" />
          <figcaption>{asset.public_id}</figcaption>
        </figure>
      )}
    </main>
  );
}
