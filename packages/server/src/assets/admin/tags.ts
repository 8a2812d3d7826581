import type { App } from '../../app.ts';
import type { CloudRow } from '../../catalog/schema.ts';
import { afterPrefix, cutPage, type Page, readCursor } from '../../listing/cursor.ts';

/**
 * The distinct tags of a resource type in alphabetical order. Each tag is found by one step in the index (a loose scan),
 * so a tag on a million assets costs no more than a tag on one.
 */
export async function listTags(app: App, cloud: CloudRow, resourceType: string, prefix: string, page: Page) {
  const scope = { cloud, list: JSON.stringify(['tags', resourceType, prefix]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : String(readCursor(scope, page.nextCursor)[0]);
  const end = afterPrefix(prefix);
  const { db } = app.catalog;
  const next = (seen: string, inclusive: boolean) => {
    const query = db
      .selectFrom('asset_tags')
      .select('tag')
      .where('cloud', '=', cloud.name)
      .where('resource_type', '=', resourceType)
      .where('tag', inclusive ? '>=' : '>', seen)
      .orderBy('tag')
      .limit(1);
    return (end === undefined ? query : query.where('tag', '<', end)).executeTakeFirst();
  };
  const tags: string[] = [];
  let found = await next(key ?? prefix, key === undefined);
  while (found !== undefined && tags.length <= page.maxResults) {
    tags.push(found.tag);
    found = await next(found.tag, false);
  }
  const { rows, nextCursor } = cutPage(tags, page, scope, (tag) => [tag]);
  return { tags: rows, nextCursor };
}
