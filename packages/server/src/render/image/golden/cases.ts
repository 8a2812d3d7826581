/**
 * What is compared with stored pictures, and shown by `npm run contact-sheet`: every example of the reference page, the rows
 * below, and one case for every pair of parameters that change each other's result. `golden.test.ts` checks that no
 * parameter, crop mode, gravity, effect or flag of the language is left out.
 */
import { describeParameters } from '@signet/transformation';
import type { SourceName } from './sources.ts';

export interface Case {
  readonly transformation: string;
  /** Default `photo`. */
  readonly source: SourceName;
  /** Format of the result when the transformation names none. Default `png`. */
  readonly format: string;
}

/** Examples that are about another picture than a photograph, by the row of the reference. */
const SOURCES: Readonly<Record<string, SourceName>> = {
  dl: 'moving',
  e_background_removal: 'people',
  e_blur_faces: 'people',
  e_dropshadow: 'disc',
  e_loop: 'moving',
  e_make_transparent: 'framed',
  e_opacity_threshold: 'disc',
  e_outline: 'disc',
  e_pixelate_faces: 'people',
  e_redeye: 'people',
  e_shadow: 'disc',
  e_trim: 'framed',
  pg: 'moving',
};

/** Names a placeholder of the account, or cannot be shown: what the reference page says about them is tested elsewhere. */
const SKIPPED = new Set(['bl', 't', 'd', 'fn', 'p']);

const { parameters, crops, effects } = describeParameters();
const examples: Case[] = [...parameters, ...crops, ...effects]
  .filter(({ media, unavailable, name }) => media !== 'video' && unavailable === null && !SKIPPED.has(name))
  .filter(({ name }) => name !== 'e_zoompan' && name !== 'e_fade')
  .flatMap(({ name, examples: rows }) =>
    rows.map((transformation) => ({ transformation, source: SOURCES[name] ?? 'photo', format: 'png' })),
  );

/** Rows without a source are made from the photograph. */
const rows = (source: SourceName, format: string, text: string): Case[] =>
  text
    .trim()
    .split('\n')
    .map((line) => ({ transformation: line.trim(), source, format }));

/** One row for every value that the examples do not show. */
const SINGLE: readonly Case[] = [
  ...rows(
    'photo',
    'png',
    `
    a_20
    a_vflip
    a_-90
    ar_1.0,c_crop
    b_auto:border_gradient:4:diagonal_desc,c_pad,h_220,w_220
    b_auto:predominant_gradient_contrast,c_pad,h_220,w_220
    b_auto:predominant:palette_red_blue,c_pad,h_220,w_220
    bo_10px_solid_green
    c_crop,g_north_west,h_90,w_120
    c_crop,g_north,h_90,w_120
    c_crop,g_north_east,h_90,w_120
    c_crop,g_west,h_90,w_120
    c_crop,g_center,h_90,w_120
    c_crop,g_east,h_90,w_120
    c_crop,g_south_west,h_90,w_120
    c_crop,g_south,h_90,w_120
    c_crop,g_south_east,h_90,w_120
    c_crop,g_xy_center,h_90,w_120,x_200,y_150
    c_crop,g_custom,h_90,w_120
    c_crop,g_region_!house!,h_90,w_120
    c_fill,g_auto:classic,h_150,w_100
    c_fill,g_auto:aoi_200_20_60_60,h_150,w_100
    c_scale,g_liquid,h_190,w_180
    dn_72
    dpr_2.0,w_100
    e_art:al_dente
    e_art:athena
    e_art:aurora
    e_art:daguerre
    e_art:eucalyptus
    e_art:fes
    e_art:frost
    e_art:hairspray
    e_art:hokusai
    e_art:incognito
    e_art:linen
    e_art:peacock
    e_art:primavera
    e_art:quartz
    e_art:red_rock
    e_art:refresh
    e_art:sizzle
    e_art:sonnet
    e_art:ukulele
    e_art:zorro
    e_assist_colorblind:xray
    e_blackwhite:30
    e_blur_region:800,h_0.25,w_1.0,y_0.75
    e_brightness:-50
    e_cartoonify:70:bw
    e_contrast:level_150;type_linear
    e_contrast:-50
    e_distort:arc:120
    e_distort:arc:-90
    e_distort:arc:360
    e_gamma:-50
    e_gradient_fade:symmetric:60,x_0.4
    e_gradient_fade:symmetric_pad,x_0.3
    e_gradient_fade,x_-0.5
    e_hue:-40
    e_improve:indoor
    e_morphology:method_erode;radius_3
    e_morphology:method_convolve;kernel_disk;radius_4
    e_ordered_dither:0
    e_ordered_dither:1
    e_ordered_dither:5
    e_ordered_dither:8
    e_ordered_dither:13
    e_ordered_dither:17
    e_replace_color:2b38aa:40:b0342c
    e_saturation:-70
    e_shear:0:15
    e_simulate_colorblind:tritanopia
    e_simulate_colorblind:rod_monochromacy
    e_tint:equalize:80:green
    e_tint:100:blue:50p:yellow:90p
    e_vectorize:colors_4
    e_vignette:80
    fl_ignore_aspect_ratio,h_100
    h_0.5
    if_w_gt_200/w_100/if_end
    $a_80/w_$a_mul_2
    q_auto:low/f_jpg
    q_auto:best/f_jpg
    r_10:40
    r_10:40:80
    w_1.3`,
  ),
  ...rows(
    'people',
    'png',
    `
    c_crop,g_face
    c_fill,g_face,h_100,w_100
    c_fill,g_face:auto,h_100,w_100
    c_fill,g_faces,h_100,w_200
    c_fill,g_faces:center,h_200,w_80
    c_fill,g_auto,h_200,w_80
    c_fill,g_auto:no_faces,h_200,w_80
    c_fill,g_auto:face_avoid,h_200,w_80
    c_fill,g_body,h_200,w_100
    c_fill,g_person,h_200,w_100
    c_fill,g_auto:cup,h_100,w_100
    c_fill,g_custom:face,h_100,w_100
    c_fill,g_custom:faces,h_100,w_200
    c_thumb,g_face,h_100,w_100
    c_thumb,g_faces,h_100,w_200
    e_bgremoval`,
  ),
  ...rows(
    'photo',
    'png',
    `
    l_text:Arial_40_bold:Hello%20world,co_white
    l_text:Arial_30_italic:Italic,co_white
    l_text:Arial_30_underline:Underline,co_white
    l_text:Arial_30_strikethrough:Strike,co_white
    l_text:Roboto_34_thin:Thin%20Roboto,co_white
    l_text:Roboto_34_light:Light%20Roboto,co_white
    l_text:Times_34:Times,co_yellow,g_south,y_10
    l_text:Courier_30:Courier,co_black
    l_text:Roboto_44_bold_stroke:Stroke,bo_4px_solid_black,co_white
    l_text:Open%20Sans_26_letter_spacing_8:Spacing,b_white,co_black
    l_text:Arial_24_letter_spacing_-2:Narrow%20spacing,b_white,co_black
    l_text:Arial_20_line_spacing_20:one%0Atwo%0Athree,b_white,co_black
    l_text:Arial_20_line_spacing_-6:one%0Atwo%0Athree,b_white,co_black
    l_text:Arial_18_left:one%20two%20three%20four%20five%20six%20seven%20eight%20nine,b_white,c_fit,co_black,w_150
    l_text:Arial_18_center:one%20two%20three%20four%20five%20six%20seven%20eight%20nine,b_white,c_fit,co_black,w_150
    l_text:Arial_18_right:one%20two%20three%20four%20five%20six%20seven%20eight%20nine,b_white,c_fit,co_black,w_150
    l_text:Arial_18_justify:one%20two%20three%20four%20five%20six%20seven%20eight%20nine,b_white,c_fit,co_black,w_150
    l_text:Arial_18:one%20two%20three%20four%20five%20six%20seven%20eight%20nine,b_white,c_fit,co_black,h_44,w_150
    l_text:Arial_26:%D7%A9%D7%9C%D7%95%D7%9D%20%D7%A2%D7%95%D7%9C%D7%9D,b_white,co_black
    l_text:Arial_26:%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%20%D8%A8%D8%A7%D9%84%D8%B9%D8%A7%D9%84%D9%85,b_white,co_black
    l_text:Arial_18_end:%D7%A9%D7%9C%D7%95%D7%9D%20%D7%A2%D7%95%D7%9C%D7%9D%20%D7%A9%D7%9C%D7%95%D7%9D,b_white,c_fit,co_black,w_120
    l_text:Arial_30:%F0%9F%98%8D%F0%9F%91%8D%20%F0%9F%87%AB%F0%9F%87%B7%20ok,b_white,co_black
    l_text:Arial_26:%C3%84%C3%B6%C3%BC%20%C3%A9%C3%A8%20%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%CE%95%CE%BB%CE%BB,b_white,co_black
    l_text:Arial_24:a%252Cb%252Fc%20100%2525,b_white,co_black
    l_text:Arial_30_antialias_none:Jagged,b_white,co_black
    l_text:Arial_30_hinting_full:Hinted,b_white,co_black
    l_text:Arial_40:Half,co_rgb:ff000080
    l_text:Arial_30:no%20trim,b_white,co_black,fl_text_no_trim`,
  ),
  ...rows(
    'disc',
    'png',
    'e_dropshadow:azimuth_120;elevation_25;spread_10\ne_outline:outer:12:20,co_red\ne_outline:inner:8\ne_outline:inner_fill:6,co_blue\ne_outline:fill:6,co_blue\ne_make_transparent:20,co_rgb:3b7be8\no_30\nb_pink\nfl_preserve_transparency,f_jpg',
  ),
  ...rows('disc', 'jpg', 'w_100\nb_green/w_100\nfl_lossy,w_100'),
  ...rows(
    'moving',
    'gif',
    'w_60\nc_crop,g_south_east,h_40,w_40\ne_negate\na_90\nr_20\nl_disc,w_30\nfl_lossy,w_60\nfl_awebp,f_webp\nfl_animated,f_webp\nfl_apng,f_png',
  ),
  ...rows(
    'photo',
    'jpg',
    'cs_cmyk\ncs_no_cmyk\ncs_tinysrgb\nfl_progressive:steep\nfl_force_icc\nfl_strip_profile\nfl_keep_iptc\nfl_keep_attribution\nfl_force_strip\nfl_any_format,q_auto\nq_20\nq_20:444\nfl_immutable_cache,w_100\nfl_c2pa,w_100\nfl_ignore_mask_channels,w_100',
  ),
  ...rows('photo', 'png', 'fl_png8,w_100\nfl_png24,w_100\nfl_png32,w_100\nq_10'),
  ...rows('photo', 'webp', 'q_30\nq_auto:eco'),
  ...rows('photo', 'avif', 'q_30\nq_auto:eco'),
  ...rows('photo', 'tiff', 'fl_group4\nfl_tiff8_lzw'),
  ...rows('drawing', 'png', 'w_200\nfl_rasterize,w_200\ndn_72'),
  ...rows('drawing', 'svg', 'fl_sanitize'),
  ...rows('clipped', 'png', 'fl_clip\nfl_clip_evenodd'),
];

/** Pairs that change each other's result: parameters that meet in one component, then in a chain. */
const PAIRS: readonly Case[] = [
  ...rows(
    'photo',
    'png',
    `
    bo_6px_solid_red,r_20:60:0:90
    bo_8px_solid_blue,r_max
    bo_6px_solid_red,a_20
    bo_6px_solid_red/a_20
    a_20,b_yellow
    a_20,r_40
    a_90,c_fill,h_100,w_200
    a_hflip.30
    a_auto_left,ar_3:4,c_fill,w_120
    ar_2:1,c_crop,g_north,w_200
    ar_1.0,b_navy,c_lpad,w_1.1
    b_green,c_mpad,h_1.3,w_1.3
    b_red,c_pad,g_north_east,h_220,w_220
    b_red,c_pad,h_220,w_220,x_-20,y_10
    b_red,c_pad,h_220,r_40,w_220
    b_rgb:ff000080,o_50
    c_fill,dpr_2.0,h_50,w_50
    c_fill,e_blur:300,h_100,w_100
    c_fill,g_north,h_100,w_200
    c_fill,h_100,r_max,w_100
    c_lfill,h_300,w_150
    c_crop,g_custom,h_60,w_60,z_2
    c_thumb,g_custom,h_100,w_100,z_0.5
    c_auto,g_custom,h_120,w_60
    co_blue,e_colorize:50,o_60
    co_red,e_outline:10,r_60
    e_blur_region:900,h_80,w_80,x_20,y_20/c_crop,h_120,w_120,x_0,y_0
    e_distort:20:20:280:40:260:180:10:160/b_orange
    e_distort:arc:60,b_green
    e_gradient_fade:30,y_0.5/b_red
    e_grayscale/e_tint:100:navy:0p:gold:100p
    e_shear:20:0,b_yellow
    e_shadow:50,x_15,y_15,co_blue,r_30
    e_trim/c_pad,h_120,w_120
    e_vignette:60,r_max
    e_sepia,e_blur:300
    o_50,r_40
    q_20/w_150,f_jpg
    if_w_gt_1000/w_50/if_else/e_negate/if_end
    c_scale,w_150/dpr_0.5`,
  ),
  ...rows(
    'photo',
    'png',
    `
    l_disc,w_100,g_south_east,x_10,y_10
    l_disc,w_100,o_40
    l_disc,w_100,a_30
    l_disc,w_100,e_grayscale
    l_disc,w_100,r_max,bo_6px_solid_white
    l_disc/c_scale,fl_relative,w_0.5/fl_layer_apply
    l_disc,w_60/fl_tiled,fl_layer_apply
    l_disc,w_60/o_40/fl_layer_apply,fl_tiled,x_10,y_10
    l_disc,w_200/e_multiply,fl_layer_apply
    l_disc,w_200/e_screen,fl_layer_apply
    l_disc,w_200/e_overlay,fl_layer_apply
    l_disc,w_200/e_anti_removal:90,fl_layer_apply
    l_disc,w_200/fl_cutter,fl_layer_apply
    l_disc,w_200/a_40/fl_cutter,fl_layer_apply
    l_disc,w_200/e_cut_out,fl_layer_apply
    l_mask/e_mask,fl_layer_apply
    l_mask/e_mask,fl_layer_apply/b_green
    l_map,h_190,w_280/e_displace,fl_layer_apply,x_15,y_15
    l_map,h_190,w_280/a_90/e_displace,fl_layer_apply,x_15,y_15
    l_disc,w_280/fl_layer_apply,g_east,x_-80
    l_disc,w_280/fl_layer_apply,fl_no_overflow,g_east,x_-80
    l_disc,w_200/l_text:Arial_40:in,co_white/fl_layer_apply/fl_layer_apply,g_west
    l_disc/c_crop,h_100,w_100/r_20/fl_layer_apply,g_north_west,x_10,y_10
    l_disc/e_outline:8,co_white/fl_layer_apply
    l_disc,w_100/e_dropshadow:50/fl_layer_apply
    l_text:Arial_40:turned,co_white/a_20/fl_layer_apply
    l_text:Arial_40:round%20box,b_red,co_white,r_20
    l_text:Arial_40_bold:arc,co_white/e_distort:arc:120/fl_layer_apply
    l_text:Arial_40_bold:shadow,co_white/e_shadow:80,x_4,y_4/fl_layer_apply
    l_text:Arial_60_bold:CUT/fl_cutter,fl_layer_apply
    l_text:Arial_20:very%20long%20text%20over%20the%20edge%20of%20the%20picture,co_white,fl_no_overflow
    $word_!variable!/l_text:Arial_40:$(word),co_white
    $style_!Arial_50_bold!/l_text:$style:styled,co_white
    u_disc,w_320
    o_50/u_disc,w_320
    r_max/u_paper`,
  ),
  ...rows(
    'people',
    'png',
    'l_disc/c_scale,fl_region_relative,w_1.0/fl_layer_apply,g_faces\nl_disc,w_40/fl_layer_apply,g_face\nc_crop,g_face,z_0.6\nc_thumb,g_face,h_100,w_100,z_1.5\nar_5:6,c_thumb,g_face,h_150,z_0.75\nc_thumb,g_face,h_100,r_max,w_100\ne_blur_faces:1500/c_thumb,g_faces,h_100,w_200\ne_background_removal/b_yellow\ne_background_removal/e_dropshadow\ne_background_removal/e_trim\ne_background_removal,f_jpg',
  ),
  ...rows(
    'disc',
    'png',
    'e_shadow:80/b_white\ne_dropshadow/b_white\ne_outline:6,co_red/b_white\ne_trim/c_pad,h_200,w_200,b_white\nc_pad,h_260,w_260,b_auto\na_30/b_white',
  ),
  ...rows(
    'moving',
    'gif',
    'c_fill,g_auto,h_40,w_40\npg_3/w_60\nc_scale,w_60/l_text:Arial_12:frame,co_red\ne_loop:1/dl_50\nc_pad,w_100,h_100,b_red\nif_w_gt_10/e_negate/if_end',
  ),
  ...rows('clipped', 'png', 'fl_clip/r_30\nfl_clip/a_90/b_yellow\nfl_clip/e_dropshadow'),
  ...rows('drawing', 'png', 'e_sepia/w_150\nl_drawing,w_80,g_north_east'),
];

const unique = new Map<string, Case>();
for (const one of [...examples, ...SINGLE, ...PAIRS])
  unique.set(`${one.source} ${one.format} ${one.transformation}`, one);

export const CASES: readonly Case[] = [...unique.values()];
