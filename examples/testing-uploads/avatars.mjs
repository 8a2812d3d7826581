// A piece of a product: keeps avatars and tries again when the service is busy.
import { setTimeout as sleep } from 'node:timers/promises';

/** @param cloudinary the SDK's `v2`, configured by CLOUDINARY_URL */
export const createAvatars = (cloudinary, { attempts = 3, pause = 50 } = {}) => ({
  /** Stores a square picture of the user and answers its address. */
  async save(user, file) {
    for (let attempt = 1; ; attempt++) {
      try {
        const asset = await cloudinary.uploader.upload(file, {
          public_id: `avatars/${user}`,
          tags: ['avatar'],
          eager: [{ width: 64, height: 64, crop: 'fill' }],
        });
        return asset.eager[0].secure_url;
      } catch (error) {
        if (![420, 429].includes(error.http_code) || attempt === attempts) throw error;
        await sleep(pause * attempt);
      }
    }
  },
});
