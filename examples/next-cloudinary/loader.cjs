// The component has the address of the cloud's script written into it; this puts your server's in its place.
module.exports = (code) =>
  code.replaceAll(
    'https://upload-widget.cloudinary.com',
    `${process.env.SIGNET_URL ?? 'http://127.0.0.1:4080'}/widget`,
  );
