/**
 * Imported before video.js, which reads it while it loads: styles made at run time would need `unsafe-inline`; player.css
 * says the same.
 */
Object.assign(window, { VIDEOJS_NO_DYNAMIC_STYLE: true });
