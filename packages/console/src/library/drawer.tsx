import { useEffect, useRef, useState } from 'react';
import { deliveryUrl, nameOf } from '../api.ts';
import { useLoad } from '../load.ts';
import { hrefOf } from '../router.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { Button, Code, copyText, Dialog, IconButton, Link, Menu, Problem, Waiting } from '../ui/parts.tsx';
import { Tabs, tabId } from '../ui/tabs.tsx';
import { toast } from '../ui/toast.tsx';
import { DeleteQuestion, renameAsset } from './actions.tsx';
import { DerivedList, Related, Versions } from './asset-lists.tsx';
import { CopyUrl } from './copy-url.tsx';
import { type Details, loadDetails } from './details.ts';
import { EditForm } from './edit-form.tsx';
import { Facts } from './facts.tsx';
import { iconOf, Thumbnail } from './tile.tsx';

const TABS = [
  ['facts', 'Facts'],
  ['edit', 'Edit'],
  ['versions', 'Versions'],
  ['derived', 'Derived'],
  ['related', 'Related'],
] as const;
type Tab = (typeof TABS)[number][0];

export function embedCode(origin: string, cloud: string, publicId: string): string {
  const query = new URLSearchParams({ cloud_name: cloud, public_id: publicId });
  return `<iframe
  src="${origin}/player/embed?${query}"
  width="640"
  height="360"
  title="Video player"
  allow="autoplay; fullscreen; encrypted-media; picture-in-picture"
  allowfullscreen
  frameborder="0"
></iframe>`;
}

function Preview({ asset }: { asset: Details }) {
  const session = useSession();
  const [unplayable, setUnplayable] = useState(false);
  if (asset.resource_type === 'video' && !asset.placeholder && !unplayable) {
    const media = {
      controls: true,
      preload: 'metadata',
      src: deliveryUrl(session, asset),
      'aria-label': nameOf(asset),
      onError: () => setUnplayable(true),
    } as const;
    if (asset.width)
      return <video className="preview" poster={deliveryUrl(session, asset, 'c_limit,w_640', 'jpg')} {...media} />;
    return (
      <div className="preview audio">
        <Icon name={iconOf(asset)} size={44} />
        <audio {...media} />
      </div>
    );
  }
  return (
    <div className="preview">
      <Thumbnail asset={asset} width={800} height={600} whole />
      {unplayable && <p className="hint">This browser cannot play {asset.format ?? 'it'}; download it instead.</p>}
    </div>
  );
}

/** Everything about one asset, beside the list. */
export function Drawer({
  assetId,
  onClose,
  onChanged,
}: {
  assetId: string;
  onClose: () => void;
  onChanged: () => void;
}) {
  const session = useSession();
  const { data: asset, error, reload } = useLoad((signal) => loadDetails(assetId, signal), [assetId]);
  const [tab, setTab] = useState<Tab>('facts');
  const [asking, setAsking] = useState<'rename' | 'delete' | 'embed' | 'copy'>();
  const heading = useRef<HTMLHeadingElement>(null);
  const loaded = asset !== undefined;
  useEffect(() => {
    // Not away from somebody who went on already.
    if (loaded && document.activeElement?.closest('.drawer') === null) heading.current?.focus();
  }, [loaded]);
  const changed = (): void => {
    reload();
    onChanged();
  };
  return (
    <aside
      className="drawer"
      aria-label="Details"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
      }}
    >
      <header>
        <h2 ref={heading} tabIndex={-1} dir="auto">
          {asset ? nameOf(asset) : 'Details'}
        </h2>
        <IconButton label="Close details" icon="close" onClick={onClose} />
      </header>
      {asset === undefined ? (
        error === undefined ? (
          <Waiting />
        ) : (
          <Problem error={error} onRetry={reload} />
        )
      ) : (
        <div className="drawer-body">
          <Preview asset={asset} />
          <div className="row">
            <Button
              look="primary"
              icon="link"
              onClick={async () => {
                await copyText(asset.secure_url ?? asset.url ?? deliveryUrl(session, asset));
                toast.show('Address copied');
              }}
            >
              Copy URL
            </Button>
            {asset.resource_type !== 'raw' && (
              <Link className="button plain" href={hrefOf(['transform', asset.asset_id])}>
                Transform
              </Link>
            )}
            <span className="grow" />
            <a
              className="icon-button"
              href={deliveryUrl(session, asset)}
              download={`${nameOf(asset)}${asset.resource_type === 'raw' || !asset.format ? '' : `.${asset.format}`}`}
              aria-label="Download"
              title="Download"
            >
              <Icon name="download" />
            </a>
            <Menu
              label="More actions"
              icon="more"
              items={[
                { label: 'Copy in another format or size', icon: 'copy', onSelect: () => setAsking('copy') },
                ...(asset.resource_type === 'video'
                  ? [{ label: 'Embed the player', icon: 'code', onSelect: () => setAsking('embed') } as const]
                  : []),
                { label: 'Change the public ID', icon: 'edit', onSelect: () => setAsking('rename') },
                { label: 'Delete', icon: 'trash', onSelect: () => setAsking('delete') },
              ]}
            />
          </div>
          <div className="public-id mono break" dir="auto">
            {asset.public_id}
          </div>
          <Tabs label="Details" tabs={TABS} value={tab} panel="drawer-panel" onValue={setTab} />
          <div id="drawer-panel" role="tabpanel" aria-labelledby={tabId('drawer-panel', tab)}>
            {tab === 'facts' && <Facts asset={asset} />}
            {tab === 'edit' && <EditForm asset={asset} onSaved={changed} />}
            {tab === 'versions' && <Versions asset={asset} onChanged={changed} />}
            {tab === 'derived' && <DerivedList asset={asset} onChanged={changed} />}
            {tab === 'related' && <Related asset={asset} onChanged={changed} />}
          </div>
          {asking === 'rename' && (
            <NameDialog
              title="Change the public ID"
              label="Public ID (addresses change with it)"
              initial={asset.public_id}
              action="Change"
              onClose={() => setAsking(undefined)}
              onName={async (name) => {
                if (name !== asset.public_id) await renameAsset(asset, name);
                changed();
              }}
            />
          )}
          {asking === 'delete' && (
            <DeleteQuestion
              assets={[asset]}
              restorable={asset.versions?.some(({ restorable }) => restorable) ? 1 : 0}
              onClose={() => setAsking(undefined)}
              onDeleted={() => {
                onClose();
                onChanged();
              }}
              onRestored={onChanged}
            />
          )}
          {asking === 'copy' && <CopyUrl asset={asset} onClose={() => setAsking(undefined)} />}
          {asking === 'embed' && (
            <Dialog title="Embed the player" onClose={() => setAsking(undefined)}>
              <p>Put this where the film shall be on your page.</p>
              <Code
                label="embed code"
                text={embedCode(session.public_url || location.origin, session.cloud, asset.public_id)}
              />
            </Dialog>
          )}
        </div>
      )}
    </aside>
  );
}
