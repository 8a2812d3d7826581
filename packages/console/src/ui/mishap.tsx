import { Component, type ReactNode } from 'react';
import { Button } from './parts.tsx';

/** A mistake of ours in one page must not take the rest away. */
export class Mishap extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className="page">
        <div className="problem-box" role="alert">
          <p>This page broke: {error.message}</p>
          <Button icon="retry" onClick={() => location.reload()}>
            Load it again
          </Button>
        </div>
      </div>
    );
  }
}
