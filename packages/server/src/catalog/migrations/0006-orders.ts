/** Orders that a search can ask for and that no earlier index gives. */
export const up = [
  `CREATE INDEX assets_pixels ON assets (cloud, pixels, seq)`,
  `CREATE INDEX assets_aspect_ratio ON assets (cloud, aspect_ratio, seq)`,
] as const;
