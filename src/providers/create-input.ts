/** What to make. */
export interface CreateInput {
  /** The provider's name of the model. */
  readonly model: string;
  /** What to show. */
  readonly prompt: string;
  /** Length of the video in seconds. */
  readonly seconds?: number;
  /** Frame size in the provider's words, such as `1280x720`. */
  readonly size?: string;
  /** Such as `720p`. */
  readonly resolution?: string;
  /** Aspect ratio, such as `16:9`. */
  readonly ratio?: string;
  /** An image to start from. */
  readonly inputReference?: Blob;
  /** Further fields of the provider's own, sent as they are; none of those above. */
  readonly extra?: Readonly<Record<string, unknown>>;
}
