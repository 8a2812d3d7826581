import { readQuery } from './options.ts';

const place = document.getElementById('player')!;
const options = readQuery(new URLSearchParams(location.search));

function say(text: string): void {
  const line = document.createElement('p');
  line.className = 'signet-problem';
  line.setAttribute('role', 'alert');
  line.textContent = text;
  place.replaceChildren(line);
}

if (!options.cloudName || !options.publicId) say('Expected cloud_name and public_id in the address of the player.');
else if (window.signetPlayer === undefined) say('The player could not be loaded.');
else {
  document.title = options.title ?? options.publicId;
  window.signetPlayer.create(place, options);
}
