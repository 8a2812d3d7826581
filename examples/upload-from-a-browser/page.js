const say = (text) => {
  status.textContent = text;
};
const [input, progress, status, picture] = ['input', 'progress', '[role=status]', 'img'].map((selector) =>
  document.querySelector(selector),
);

input.addEventListener('change', async () => {
  const [file] = input.files;
  // 1. Ask our own server to sign. It decides what is signed.
  const answer = await fetch('/sign', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ tags: 'from-browser' }),
  });
  const signed = await answer.json();
  if (!answer.ok) return say(signed.error.message);

  // 2. Send exactly what was signed, and the file, straight to Signet. XMLHttpRequest, because it reports progress.
  const { cloud_name, api_key, signature, params } = signed;
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...params, api_key, signature })) form.append(name, value);
  form.append('file', file);
  const request = new XMLHttpRequest();
  progress.hidden = false;
  request.upload.addEventListener('progress', ({ loaded, total }) => (progress.value = loaded / total));
  request.addEventListener('load', () => {
    const asset = JSON.parse(request.responseText);
    if (asset.error) return say(asset.error.message);
    say(`Uploaded ${asset.public_id}`);
    picture.src = asset.secure_url.replace('/upload/', '/upload/c_fill,w_200,h_200/');
    picture.hidden = false;
  });
  request.addEventListener('error', () => (status.textContent = 'The upload did not get through'));
  request.open('POST', `UPLOAD_PREFIX/v1_1/${cloud_name}/image/upload`);
  request.send(form);
});
