import { type Client, isCompleted, isFailure, type TaskRef } from 'rushes';
import { useTask } from 'rushes/react';

export function Task({ client, task }: { client: Client; task: TaskRef }) {
  const { snapshot, lost, retry } = useTask(client, task);
  if (lost)
    return (
      <button type="button" onClick={retry}>
        We lost sight of it. It may still be running. Look again
      </button>
    );
  if (!snapshot) return <p>Asking</p>;
  if (isCompleted(snapshot)) return <video src={snapshot.videoUrl} controls muted />;
  if (isFailure(snapshot)) return <p role="alert">{snapshot.error.message}</p>;
  return <progress value={snapshot.progress} max={100} />;
}
