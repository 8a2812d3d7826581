/**
 * Writes the tables of docs/reference from the data the code reads. `node scripts/reference.ts --check` only compares,
 * which is what the tests do.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EVENTS, METHODS, OPTIONS, type OptionEntry } from '../packages/console/src/widget/catalog.ts';
import { ADDON_PARAMETERS, MODERATION_ADDONS } from '../packages/server/src/assets/addons.ts';
import { UPLOAD_PARAMETERS } from '../packages/server/src/assets/parameters.ts';
import { bytesText, SETTINGS } from '../packages/server/src/config.ts';
import {
  AUDIO_CODECS,
  CONTAINERS,
  type Container,
  VIDEO_CODECS,
} from '../packages/server/src/render/video/encoding/codecs.ts';
import { FILM_EFFECTS } from '../packages/server/src/render/video/film/effects.ts';
import { COLOR_EFFECTS } from '../packages/transformation/src/effects.ts';
import { cliPage } from './cli-reference.ts';
import { table } from './table.ts';

interface SettingRow {
  readonly kind: string;
  readonly env: readonly string[];
  readonly default: unknown;
  readonly doc: string;
  readonly choices?: readonly string[];
}
interface ParameterRow {
  readonly kind: string;
  readonly unsigned?: true;
  readonly doc: string;
}

const shown = (value: unknown): string =>
  value === ''
    ? ''
    : typeof value === 'object'
      ? Object.keys(value as object).length === 0
        ? ''
        : JSON.stringify(value)
      : String(value);

const widgetOptions = (state: OptionEntry['state']): readonly [string, OptionEntry][] =>
  Object.entries(OPTIONS as Readonly<Record<string, OptionEntry>>).filter(([, entry]) => entry.state === state);

export const PAGES: Readonly<Record<string, string>> = {
  'cli.md': await cliPage(),
  'settings.md': `# Settings

A flag wins over the environment, the environment over the file (\`--config\`, or \`signet.config.json\` in the working directory).

${table(
  ['Flag', 'Environment', 'Default', 'Meaning'],
  Object.entries(SETTINGS as Readonly<Record<string, SettingRow>>).map(
    ([name, { kind, env, default: value, doc, choices }]) => [
      `\`--${name}\``,
      env.map((variable) => `\`${variable}\``).join(', '),
      kind === 'bytes' ? bytesText(Number(value)) : shown(value),
      choices === undefined ? doc : `${doc} One of ${choices.join(', ')}.`,
    ],
  ),
)}
`,
  'video.md': `# Video and audio by URL

\`/<cloud>/video/upload/<transformation>/<public_id>.<format>\`, with the language of [transformations](transformations.md): sizes, crops, padding and layers mean what they mean on images. Work that FFmpeg does happens in a process of its own, with a deadline, a memory limit and all cores.

## Formats

The first codec is the default; \`vc_\` and \`ac_\` choose another, \`none\` leaves the track out.

${table(
  ['Format', 'Video', 'Audio'],
  Object.entries(CONTAINERS as Readonly<Record<string, Container>>).map(([name, { video, audio }]) => [
    `\`${name}\``,
    video.join(', '),
    audio.join(', '),
  ]),
)}

${table(
  ['Codec', 'Encoder'],
  [...Object.entries(VIDEO_CODECS), ...Object.entries(AUDIO_CODECS)].map(([name, { encoder }]) => [
    `\`${name}\``,
    encoder,
  ]),
)}

\`gif\` is animated without asking, \`webp\` and \`png\` with \`fl_animated\`: at most 10 pictures a second and 400 in all, or as \`vs_\`, \`fps_\` and \`dl_\` say; \`fl_lossy\` makes a GIF of a video smaller. Other picture formats are stills; \`fl_waveform\` draws the sound (of the part that \`so_\`, \`eo_\`, \`du_\` leave), \`fl_sprite\` (.jpg, .vtt) makes thumbnails for seeking. \`f_auto:video\` answers WebM with VP9, MP4 with HEVC or MP4 with H.264 by the browser.

## Parameters

| Parameter | What it does to a video |
| --- | --- |
| \`so_\`, \`eo_\`, \`du_\` | cuts; in the component that closes a layer: when it is shown |
| \`q_\` | 1–100 or \`auto\` → the rate factor of the encoder (70 is CRF 23 of H.264); \`qmax_\` caps the quantiser. Of a result that is sound only: the share of the codec's usual bit rate |
| \`br_\` | bits per second in place of a quality; \`:constant\` for a fixed rate |
| \`fps_\`, \`ki_\`, \`af_\`, \`fl_mono\`, \`dr_high\` | pictures a second, seconds between key frames, samples a second, one channel, HDR10 with \`vc_h265\` |
| \`l_<image>\`, \`l_text:…\`, \`u_…\` | drawn as on images; \`e_multiply\`, \`e_screen\`, \`e_overlay\`, \`e_mask\`, \`fl_cutter\`, \`fl_tiled\` too. A layer never enlarges the frame |
| \`g_auto\`, \`g_face\` … | the subject of the picture in the middle of the film decides for all of it |
| \`l_subtitles:[style:]<id>.srt\` | a raw asset, SubRip or WebVTT; fonts of the account as in \`l_text\`; \`co_\`, \`b_\`, \`g_\`, \`x_\`, \`y_\` |
| \`l_video:…\`, \`l_audio:…\` | laid over with its sound, mixed in |
| \`fl_splice\` | joins a clip at the end, or at the start with \`so_0\`; \`fl_splice:transition_(name_fade;du_1)\` fades |
| \`b_blurred\` | with \`c_pad\`: a blurred copy behind. Without \`b_\`, padding is black |
| \`sp_<profile>\`, \`sp_auto\` | \`.m3u8\`: HLS 4 with byte ranges of one \`.ts\` for each size, HLS 3 with \`fl_hlsv3\`. \`.mpd\`: DASH, whose files are made with the first request. \`eager\` makes a playlist with everything it names |

Sides are made even, as 4:2:0 wants them; \`fl_getinfo\` answers the size and length without making anything.

## Effects

Of time, sound and place: ${[...Object.keys(FILM_EFFECTS), 'preview']
    .sort()
    .map((name) => `\`e_${name}\``)
    .join(', ')}. Of colours, exactly as on images: ${[...COLOR_EFFECTS]
    .sort()
    .map((name) => `\`e_${name}\``)
    .join(', ')}, and \`l_lut\`. Every other effect answers 400 and says so.

## Limits

A source above \`max-sync-video-bytes\`, or work above \`video-timeout\`, answers 400 with the words of the cloud: make it with \`eager\` and \`eager_async=true\`, which has \`video-job-timeout\`. One such film is made at a time, pictures do not wait for it, and \`signet jobs\` (\`GET /jobs\`, \`progress\`) says how far it is. What a killed server leaves half made is in \`tmp\` of the data folder, and goes at the next start. See [settings](settings.md).

True by nature, and taken: \`fl_no_stream\` (a video is sent when it is whole), \`fl_truncate_ts\` (times in the metadata of the file are followed), \`q_…:420\`, \`cs_copy\`, \`fl_force_strip\`.

Refused with 400 and the name of the parameter: what the result cannot have. \`q_…:444\`, \`vs_\`, \`dl_\`, \`dn_\`, \`cs_\` and flags of pictures on a film; sizes, crops, colours, layers and effects of the picture on a result that is sound only; bit rates and codecs on an animated picture. Stills take everything, because the SDKs write the parameters of a video into the address of its poster. In the parts of a stream (\`.ts\`, \`.m3u8\`, \`.mpd\`) sizes are for assets with and without a picture.

Not available, and answered with 400: \`fl_alternate\`, \`so_auto\` for other than stills.
`,
  'upload-parameters.md': `# Upload parameters

What \`upload\` and \`explicit\` read. "Unsigned" ones may come with an unsigned upload; everything else belongs into the preset.

The kind of asset is the part of the address before \`/upload\`: \`image\`, \`video\`, \`raw\`, or \`auto\` for what the file is. A parameter \`resource_type\` decides nothing. (The Go SDK calls \`/auto/upload\` whatever its \`ResourceType\` says, so a PDF becomes an image asset; sign the call yourself and send it to \`/raw/upload\` to store it as it is.)

${table(
  ['Parameter', 'Kind', 'Unsigned', 'Meaning'],
  Object.entries(UPLOAD_PARAMETERS as Readonly<Record<string, ParameterRow>>).map(([name, { kind, unsigned, doc }]) => [
    `\`${name}\``,
    kind,
    unsigned ? 'yes' : '',
    doc,
  ]),
)}
`,
  'add-ons.md': `# What needs an add-on

These parameters belong to paid add-ons of the cloud. They answer as an account without the add-on does: \`You don't have an active subscription for …\`. Nothing is faked. A value that no add-on knows is refused by its own error, as on the cloud. An operator can [plug in a model of his own](#plug-in-your-own-model).

${table(
  ['Parameter', 'Add-on'],
  [
    ...Object.entries(ADDON_PARAMETERS).map(([name, { name: addon }]) => [`\`${name}\``, addon]),
    ['`moderation`', MODERATION_ADDONS.map((kind) => `\`${kind}\``).join(', ')],
  ],
)}

## Plug in your own model

The setting \`addons\` maps a parameter and its value to an address of yours; values of your own are fine, too. \`auto_transcription\`, \`auto_chaptering\` and \`auto_video_details\` stand alone, without a value.

\`\`\`json
{
  "addons": {
    "ocr:adv_ocr": "http://127.0.0.1:5000/ocr",
    "categorization:google_tagging": { "url": "http://models.internal/tags", "token": "…", "timeout": 60, "wait": 10 },
    "moderation:house_rules": "http://127.0.0.1:5000/moderation",
    "auto_transcription": "http://127.0.0.1:5000/transcribe"
  }
}
\`\`\`

| Member | Meaning | Default |
| --- | --- | --- |
| \`url\` | \`http\` or \`https\`; it may be private, redirects are not followed | |
| \`token\` | sent as \`Authorization: Bearer …\` | |
| \`timeout\` | seconds that one call may take | 60 |
| \`wait\` | seconds that the answer of \`upload\`, \`explicit\` and \`update\` waits for the result of a picture; 0 for not at all | 10 |

For each asset your address gets a \`POST\` with a multipart form: \`request\` is JSON with \`parameter\`, \`name\`, \`argument\` (what stood behind the name: \`document\` of \`adv_ocr:document\`) and \`asset\` (\`asset_id\`, \`public_id\`, \`resource_type\`, \`type\`, \`format\`, \`mime_type\`, \`width\`, \`height\`, \`pages\`, \`duration\`, \`bytes\`, \`etag\`, \`tags\`); \`file\` are the bytes. It answers 200 and JSON of at most 10 MB:

| Answer | What becomes of it |
| --- | --- |
| \`{"data": …}\` | \`info.<parameter>.<name>\` = \`{"status":"complete","data":…}\`; objects of \`detection\` models lie in \`info.detection.object_detection\`, by model |
| \`{"data": [{"tag":"Sea","confidence":0.9}]}\` | with \`auto_tagging=0.6\` also tags, in lower case |
| \`{"status": "approved"}\` or \`"rejected"\`, with \`response\` | moderation: the next kind is asked, or the asset is delivered no more |
| \`{"files": [{"extension":".transcript","text":"…"}]}\` beside \`data\` | raw assets \`<public_id>.transcript\` … |

Every question is a job (\`signet jobs --kind addon\`). A model that is away or answers 5xx, 408 or 429 is asked again after 5, 30, 120 and 300 seconds; any other answer is its last word. Until then the state is \`pending\`, at the end \`complete\` or \`failed\`, told by the \`info\` (or \`moderation\`) notification. A moderation that failed is \`aborted\`, and the next kind is asked. [A small model to start from](../../examples/plug-in-a-model/model.mjs).
`,
  'widget.md': `# Upload widget

\`/widget/upload.js\` of your server is a script for any site. It makes the global \`cloudinary\` with \`createUploadWidget(options, callback)\`, \`openUploadWidget\`, \`applyUploadWidget(element, options, callback)\` and \`setCloudName\`, as the cloud's widget does, and uploads to the server that it came from.

\`\`\`html
<script src="https://media.example.com/widget/upload.js"></script>
<script>
  const widget = cloudinary.createUploadWidget(
    { cloudName: 'demo', uploadPreset: 'site' },
    (error, result) => {
      if (!error && result.event === 'success') console.log(result.info.secure_url);
    },
  );
  document.querySelector('#upload').addEventListener('click', () => widget.open());
</script>
\`\`\`

The same file answers at \`/widget/global/all.js\` and \`/widget/latest/global/all.js\`, so that where a page has \`https://upload-widget.cloudinary.com\` you write \`https://media.example.com/widget\`. A page with a content policy allows the server in \`script-src\`, \`connect-src\` and \`img-src\`, and \`blob:\` in \`img-src\`; the widget needs no inline style or script. A whole page with both modes: [the widget on a site](../../examples/upload-widget/server.mjs).

## Options

${table(
  ['Option', 'Kind', 'Default', 'Meaning'],
  widgetOptions(undefined).map(([name, { type, default: value = '', doc }]) => [
    `\`${name}\``,
    type,
    value && `\`${value.replaceAll('`', '')}\``,
    doc,
  ]),
)}

Taken without effect, for nothing is lost: ${widgetOptions('unneeded')
    .map(([name, { doc }]) => `\`${name}\` (${doc.replace(/\.$/, '').toLowerCase()})`)
    .join(', ')}.

Left out, with a warning in the browser's console, as are options that nobody knows:

${table(
  ['Option', 'Why'],
  widgetOptions('refused').map(([name, { doc }]) => [`\`${name}\``, doc]),
)}

## Events

The callback gets \`(error, {event, info})\`. With an error, \`error\` is \`{status, statusText}\` and the event \`error\`.

${table(
  ['Event', 'What it tells'],
  Object.entries(EVENTS).map(([name, doc]) => [`\`${name}\``, doc]),
)}

## Methods

${table(
  ['Method', 'What it does'],
  Object.entries(METHODS).map(([name, doc]) => [`\`${name}\``, doc]),
)}

## next-cloudinary

\`CldUploadWidget\` has the address of the cloud's script written into it. A loader of three lines puts yours in its place, in webpack and Turbopack alike; the widget then uploads to your server by itself. [The example](../../examples/next-cloudinary) is a Next.js site that does so: \`loader.cjs\` and \`next.config.mjs\` are all that differs from one that uses the cloud.
`,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let stale = false;
  for (const [name, text] of Object.entries(PAGES)) {
    const path = fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url));
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`docs/reference/${name} is not what the code says: run node scripts/reference.ts`);
      stale = true;
    }
  }
  process.exit(stale ? 1 : 0);
}
