import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/parts.tsx';

/** Takes a photograph; needs a secure address or loopback, as browsers demand. */
export function Camera({ onPhoto }: { onPhoto: (file: File) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let stream: MediaStream | undefined;
    let ended = false;
    const start = async (): Promise<void> => {
      if (navigator.mediaDevices === undefined)
        throw new Error('The camera can be used on https addresses and on this machine only');
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
      if (ended) for (const track of stream.getTracks()) track.stop();
      else if (video.current) video.current.srcObject = stream;
    };
    start().catch((error: Error) =>
      setProblem(error.name === 'NotAllowedError' ? 'The browser was not allowed to use the camera' : error.message),
    );
    return () => {
      ended = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  const take = (): void => {
    const source = video.current;
    if (!source) return;
    const canvas = document.createElement('canvas');
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext('2d')?.drawImage(source, 0, 0);
    canvas.toBlob(
      (blob) => {
        const name = `camera-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.jpg`;
        if (blob) onPhoto(new File([blob], name, { type: 'image/jpeg' }));
      },
      'image/jpeg',
      0.92,
    );
  };
  if (problem !== undefined) return <p role="alert">{problem}</p>;
  return (
    <div className="camera">
      <video ref={video} autoPlay playsInline muted aria-label="Picture of the camera" />
      <Button look="primary" icon="camera" onClick={take}>
        Take the photograph
      </Button>
    </div>
  );
}
