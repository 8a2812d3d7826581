import { fileURLToPath } from 'node:url';

const loader = fileURLToPath(new URL('loader.cjs', import.meta.url));

export default {
  turbopack: { rules: { '**/next-cloudinary/dist/*': { loaders: [loader] } } },
  webpack(config) {
    config.module.rules.push({ test: /next-cloudinary[\\/]dist/, loader });
    return config;
  },
};
