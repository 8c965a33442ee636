declare global {
  interface Window {
    /** What a native EventSource heard, and how often it was opened. */
    heard: { readonly data: string[]; opened: number; errors: number; readyState: number };
  }
}

const heard = { data: [] as string[], opened: 0, errors: 0, readyState: 0 };
window.heard = heard;
const source = new EventSource('/rushes/tasks/cometapi/task_done/events');
source.onopen = () => heard.opened++;
source.onmessage = ({ data }) => heard.data.push(String(data));
source.onerror = () => {
  heard.errors++;
  heard.readyState = source.readyState;
};
document.body.append('ready');

export {};
