// The group of a value: what its points have in common.

export interface GroupPart {
  readonly field: string;
  readonly value: string | null;
}

/** Empty: of all points. */
export type Group = readonly GroupPart[];
