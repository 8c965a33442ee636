import { type Client, isCompleted, isFailure, type TaskRef } from 'rushes';
import { useTask } from 'rushes/react';

type TaskProps = { client: Client; task: TaskRef; videoOf: (task: TaskRef) => string };

export function Task({ client, task, videoOf }: TaskProps) {
  const { snapshot, lost, retry } = useTask(client, task);
  if (lost)
    return (
      <button type="button" onClick={retry}>
        We lost sight of it. It may still be running. Look again
      </button>
    );
  if (!snapshot) return <p>Asking</p>;
  if (isCompleted(snapshot)) return <video src={videoOf(snapshot.task)} controls muted />;
  if (isFailure(snapshot)) return <p role="alert">{snapshot.error.message}</p>;
  return <progress value={snapshot.progress} max={100} />;
}
