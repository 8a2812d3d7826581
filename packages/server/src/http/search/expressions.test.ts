import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ALL, CLIP, hex, NOTES, NOW, ONE, openSearch, SALE, STREET, SWEATER, THREE, TWO } from './search.fixture.ts';

const { server, find, send } = await openSearch();
after(() => server.close());

test('what each expression finds', async () => {
  for (const [expression, expected] of [
    ['', ALL],
    // words, whole values, prefixes
    ['tags:adv_search_1', [ONE, TWO, THREE]],
    ['tags=adv_search_1', [ONE, TWO, THREE]],
    ['tags:adv_search_10', [THREE]],
    ['tags:adv', []],
    ['tags:adv_search_*', [ONE, TWO, THREE]],
    ['tags=adv_search_1*', [ONE, TWO, THREE]],
    ['tags=adv_search_10*', [THREE]],
    ['tags:shirt', [ONE, TWO]],
    ['tags:"red shirt"', [ONE]],
    ['tags:"shirt red"', []],
    ['tags:"a b"', []],
    ['tags=shirt', []],
    ['tags:*hirt*', [ONE, TWO]],
    ['tags:"*"', [ONE, TWO, THREE]],
    ['-tags:"*" AND resource_type:image', [SWEATER, STREET, SALE]],
    ['public_id:npm_api_test1_1', [ONE]],
    ['public_id=npm_api_test1_1', [ONE]],
    ['public_id: npm_api_test1_2', [TWO]],
    ['public_id:NPM_API_TEST1_1', [ONE]],
    ['public_id=NPM_API_TEST1_1', []],
    ['public_id:npm_api*', [ONE, TWO, THREE]],
    ['public_id:products/*', [SWEATER, STREET]],
    ['public_id:sweater', [SWEATER]],
    ['public_id="products/summer/blue sweater"', [SWEATER]],
    ['filename:"blue sweater"', [SWEATER]],
    ['filename:summer', []],
    ['display_name=clip', [CLIP]],
    [`asset_id=${hex(1)}`, [ONE]],
    [`asset_id:${hex(2)}`, [TWO]],
    [`asset_id:${hex(4)}`, [SWEATER]],
    [`etag=${hex(4097)}`, [ONE]],
    // folders
    ['folder=products', [STREET]],
    ['folder:products/*', [SWEATER, STREET]],
    ['folder:"products/summer/*"', [SWEATER]],
    ['folder:"*"', ALL],
    ['folder:summer', [SWEATER]],
    ['folder=""', [ONE, TWO, THREE, CLIP, NOTES]],
    ['asset_folder=elsewhere', [TWO]],
    // free terms
    ['sweater', [SWEATER]],
    ['SWEATER', [SWEATER]],
    ['strasse OR straße', [STREET]],
    ['knitted', [SWEATER]],
    ['validated', [THREE]],
    ['"red shirt"', [ONE]],
    ['swea*', [SWEATER]],
    ['authenticated', []],
    [hex(3), [THREE]],
    ['blue shirt', [TWO]],
    ['blue shirt stage', []],
    ['"--"', []],
    // context and metadata
    ['context.stage=in_review', [ONE]],
    ['context.stage:new', [TWO]],
    ['context.note:review', [THREE]],
    ['context.note:"*"', [THREE]],
    ['context:review', [THREE]],
    ['context:note', [THREE]],
    ['context.price>10', [THREE]],
    ['context.price>30', []],
    ['metadata.size=12', [SWEATER]],
    ['metadata.size>11.5', [SWEATER]],
    ['metadata.size:[1 TO 11]', []],
    ['metadata.colors:blue', [SWEATER]],
    ['metadata.colors=bl*', [SWEATER]],
    ['metadata.made>2026-02-15', [SWEATER]],
    ['metadata.made>2w', []],
    ['metadata.made>5w', [SWEATER]],
    ['metadata.story:"by hand"', [SWEATER]],
    ['metadata:hand', [SWEATER]],
    // closed lists
    ['resource_type:video', [CLIP]],
    ['format:(png OR mp4)', [SWEATER, CLIP]],
    ['-format:jpg', [SWEATER, CLIP, NOTES]],
    ['type:private', [NOTES]],
    ['access_mode:authenticated', [SALE]],
    ['status:deleted', ['gone']],
    ['status:(active OR deleted)', [...ALL, 'gone']],
    ['moderation_kind:manual AND moderation_status=pending', [STREET]],
    // numbers
    ['bytes>7k', [NOTES]],
    ['bytes>=7k', [CLIP, NOTES]],
    ['bytes:[2kb TO 3kb]', [TWO, THREE]],
    ['bytes:{2000 TO 3000]', [THREE]],
    ['bytes:[2000 TO 3000}', [TWO]],
    ['bytes:[* TO 1000]', [ONE]],
    ['bytes>1m', []],
    ['bytes=1000', [ONE]],
    ['width:"*" AND width<200', [ONE]],
    ['duration>10', [CLIP]],
    ['aspect_ratio:"16:9" AND resource_type=video', [CLIP]],
    // dates
    ['created_at>2d', [ONE]],
    ['created_at=2d', [ONE, TWO]],
    ['created_at<7d', [NOTES]],
    ['created_at:[4d TO 2d]', [TWO, THREE, SWEATER]],
    ['created_at:2026-03-30', [ONE]],
    ['created_at>2026-03-28', [ONE, TWO]],
    ['created_at>="2026-03-28T12:00:00Z"', [ONE, TWO, THREE]],
    ['created_at>2026-03-28T14:00:00+02:00', [ONE, TWO]],
    [`created_at<${NOW / 1000 - 7 * 86_400}`, [NOTES]],
    ['created_at:2025', []],
    ['taken_at<1y', [CLIP]],
    ['last_updated.tags>2d', [SALE]],
    // analyses
    ['face_count>0', [SWEATER]],
    ['transparent=true', [SWEATER]],
    ['grayscale=false AND face_count=1', [SWEATER]],
    ['colors.blue>50', [SWEATER]],
    ['colors:white', [SWEATER]],
    ['image_metadata.Make:canon', [SWEATER]],
    ['image_metadata.ISO>100', [SWEATER]],
    ['quality_score>0.5', [SWEATER]],
    // logic
    ['tags:shirt AND context.stage:new', [TWO]],
    ['tags:shirt -context.stage:new', [ONE]],
    ['NOT resource_type:image', [CLIP, NOTES]],
    ['(resource_type:video OR resource_type:raw) AND -type:private', [CLIP]],
    ['tags:(shirt AND a)', [ONE]],
    ['resource_type:video OR tags:a tags:b', [ONE, CLIP]],
    ['nonsense:x', []],
    ['-nonsense:x AND bytes<2k', [ONE]],
  ] as const)
    assert.deepEqual((await find(expression)).sort(), [...expected].sort(), expression);
});

test('a value that does not fit its field, and a syntax error, answer 400 with the position', async () => {
  for (const [expression, message] of [
    ['tags:a AND bytes>big', /at position 18: expected a number .* "big"/],
    ['created_at>soon', /at position 12: expected a date/],
    ['created_at:2026-02-30', /expected a date/],
    ['transparent:maybe', /expected true or false/],
    ['format>a', /expected a value with : or = for format/],
    ['(a', /at position 3: expected "\)" but found the end/],
  ] as const) {
    const { status, answer } = await send('/resources/search', { expression });
    assert.equal(status, 400, expression);
    assert.match(answer.error.message, message);
  }
  for (const body of [
    { sort_by: [{ tags: 'asc' }] },
    { sort_by: [{ created_at: 'up' }] },
    { with_field: ['foo'] },
    { aggregate: ['foo'] },
    { aggregate: [{ type: 'bytes', ranges: [{ key: 'not ok', from: 1 }] }] },
    { max_results: -1 },
    { next_cursor: 'abc' },
  ])
    assert.equal((await send('/resources/search', body)).status, 400, JSON.stringify(body));
});
